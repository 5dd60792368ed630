import type { signIn as en } from '../en/sign-in';
import type { Words } from '../words';

export const signIn: Words<typeof en> = {
  sign_in: {
    over: 'Seu acesso terminou. Entre de novo, e a página em que você estava será aberta.',
    show_password: 'Mostrar a senha',
    title: 'Entrar',
    code_title: 'O seu código',
    lead_password: 'Com o e-mail em que você recebeu o convite.',
    lead_totp: 'Digite os seis dígitos que o seu aplicativo autenticador mostra.',
    lead_recovery: 'Digite um dos códigos de recuperação que você guardou. Cada um vale uma vez.',
    email: 'E-mail',
    password: 'Senha',
    code: 'Código',
    recovery_code: 'Código de recuperação',
    submit: 'Entrar',
    busy: 'Entrando',
    oidc: 'Entrar com %{name}',
    oidc_refused: 'Esta entrada não deu certo. Só entram pessoas convidadas, com o mesmo e-mail.',
    forgot: 'Esqueceu a senha?',
    use_recovery: 'Usar um código de recuperação',
    use_totp: 'Usar o aplicativo autenticador',
  },
  reset: {
    title: 'Definir uma nova senha',
    lead: 'Enviamos um link para o seu e-mail. Ele vale uma vez, por uma hora.',
    sent: 'Se este e-mail é de alguém daqui, um link está a caminho. Nenhum e-mail depois de alguns minutos? Peça um link a um administrador.',
    submit: 'Enviar o link',
    back: 'Voltar para a entrada',
  },
  set_password: {
    title: 'Escolha uma senha',
    lead: 'Você entra com ela em seguida.',
    password: 'Nova senha',
    help: 'Ao menos 12 caracteres. Uma frase é uma boa escolha.',
    submit: 'Definir a senha',
  },
  link: {
    title: 'Entrar com o seu link',
    lead: 'Este link vale uma vez.',
    submit: 'Entrar',
  },
};

import type { signIn as en } from '../en/sign-in';
import type { Words } from '../words';

export const signIn: Words<typeof en> = {
  sign_in: {
    over: 'Su acceso ha terminado. Acceda de nuevo y se abrirá la página en la que estaba.',
    show_password: 'Mostrar la contraseña',
    title: 'Iniciar sesión',
    code_title: 'Su código',
    lead_password: 'Con el correo al que llegó su invitación.',
    lead_totp: 'Escriba los seis dígitos que muestra su aplicación de autenticación.',
    lead_recovery: 'Escriba uno de los códigos de recuperación que guardó. Cada uno sirve una vez.',
    email: 'Correo electrónico',
    password: 'Contraseña',
    code: 'Código',
    recovery_code: 'Código de recuperación',
    submit: 'Iniciar sesión',
    busy: 'Iniciando sesión',
    oidc: 'Iniciar sesión con %{name}',
    oidc_refused: 'Este inicio de sesión no salió bien. Solo entran personas invitadas, con el mismo correo.',
    forgot: '¿Olvidó su contraseña?',
    use_recovery: 'Usar un código de recuperación',
    use_totp: 'Usar la aplicación de autenticación',
  },
  reset: {
    title: 'Poner una contraseña nueva',
    lead: 'Enviamos un enlace a su correo. Sirve una vez, durante una hora.',
    sent: 'Si este correo es de alguien de aquí, un enlace va en camino. ¿Ningún correo tras unos minutos? Pida un enlace a un administrador.',
    submit: 'Enviar el enlace',
    back: 'Volver al inicio de sesión',
  },
  set_password: {
    title: 'Elija una contraseña',
    lead: 'Con ella entra enseguida.',
    password: 'Contraseña nueva',
    help: 'Al menos 12 caracteres. Una frase es buena idea.',
    submit: 'Poner la contraseña',
  },
  link: {
    title: 'Entrar con su enlace',
    lead: 'Este enlace sirve una vez.',
    submit: 'Entrar',
  },
};

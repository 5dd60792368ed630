import type { accounts as en } from '../en/accounts';
import type { Words } from '../words';

export const accounts: Words<typeof en> = {
  accounts: {
    title: 'Contas do provedor',
    name: 'Conta',
    provider: 'Provedor',
    numbers: 'Números',
    numbers_of: '%{smart_count} número |||| %{smart_count} números',
    no_numbers: 'Nenhum número usa esta conta.',
    close: 'Fechar',
    added: 'Adicionada',
    add: 'Adicionar conta',
    add_do: 'Adicionar a conta',
    empty: 'Ainda não há conta do provedor',
    empty_text: 'Com o token de acesso de uma conta, %{brand} cria, vincula e remove números no provedor.',
    may_not: 'Você pode ver contas do provedor, mas não alterá-las. Operadores e administradores podem.',
    more: 'Mais sobre %{name}',
    check: 'Verificar',
    checking: 'Verificando',
    check_good:
      'O provedor aceita o token de “%{name}”. Ele tem %{smart_count} sessão lá. |||| O provedor aceita o token de “%{name}”. Ele tem %{smart_count} sessões lá.',
    check_bad: 'O token de “%{name}” não funciona.',
    rename: 'Renomear',
    replace: 'Trocar o token',
    remove: 'Remover',
    in_use: 'Ainda há números que a usam.',
    form: {
      name: 'Nome',
      name_help: 'Só as pessoas do painel o veem.',
      token: 'Token de acesso',
      token_help: 'O provedor o mostra na página da sua conta. É verificado lá, guardado selado e nunca mais exibido.',
    },
    save_name: 'Salvar o nome',
    save_token: 'Usar este token',
    replace_text: 'O novo token é verificado antes no provedor. Se for recusado, o antigo continua.',
    keep: 'Não alterar nada',
    remove_title: 'Remover a conta “%{name}”?',
    remove_text: '%{brand} esquece o token dela. No provedor nada muda.',
    remove_do: 'Remover a conta',
  },
};

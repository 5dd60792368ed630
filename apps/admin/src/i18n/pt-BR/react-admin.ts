import type { reactAdmin as en } from '../en/react-admin';
import type { Words } from '../words';

export const reactAdmin: Words<typeof en> = {
  ra: {
    action: { back: 'Voltar', close: 'Fechar', refresh: 'Atualizar', undo: 'Desfazer' },
    auth: { auth_check_error: 'Entre para continuar.', sign_in_error: 'Não foi possível entrar. Tente de novo.' },
    message: {
      access_denied: 'A sua função não abre esta página.',
      auth_error: 'O seu acesso não pôde ser verificado.',
      authentication_error: '%{brand} não conseguiu verificar o seu acesso. Tente de novo em instantes.',
      error: 'Houve uma falha e esta página não pôde ser exibida.',
      invalid_form: 'Alguns campos não estão preenchidos corretamente.',
      loading: 'Isto leva um instante.',
      not_found: 'O endereço está errado, ou o que ele mostra não existe mais.',
      select_all_limit_reached: 'Somente as primeiras %{max} linhas foram selecionadas.',
      unsaved_changes: 'Sair sem salvar as alterações?',
    },
    notification: {
      http_error: '%{brand} não respondeu.',
      i18n_error: 'Os textos deste idioma não puderam ser carregados.',
      logged_out: 'O seu acesso terminou. Entre de novo.',
      not_authorized: 'Você não pode ver isto.',
    },
    page: {
      access_denied: 'Você não pode ver isto',
      authentication_error: 'O acesso não pôde ser verificado',
      dashboard: 'Visão geral',
      error: 'Algo deu errado',
      list: '%{name}',
      loading: 'Carregando',
      not_found: 'Esta página não está aqui',
    },
  },
};

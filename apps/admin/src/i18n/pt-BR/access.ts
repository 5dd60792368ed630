import type { access as en } from '../en/access';
import type { Words } from '../words';

export const access: Words<typeof en> = {
  copy_box: { copy: 'Copiar: %{name}' },
  form: {
    unsaved: 'Sair sem salvar?',
    unsaved_text: 'O que você digitou aqui não foi salvo.',
    leave_page: 'Sair e perder',
    stay: 'Ficar aqui',
    leave: 'Não alterar nada',
    choices: 'Opções',
    changed: 'Outra pessoa alterou isto nesse meio-tempo. Feche este painel e abra-o de novo para ver a alteração.',
    newer: 'Outra pessoa salvou uma versão mais nova.',
    newer_text: 'A sua continua aqui, e não foi salva.',
    take_theirs: 'Carregar a versão dela',
    keep_mine: 'Manter a minha para salvar por cima',
  },
  permission: {
    messages: {
      write: 'Enviar e cancelar mensagens',
      read: 'Ler mensagens, grupos e linhas do tempo',
    },
    sessions: {
      manage: 'Vincular, pausar e limitar números; contas do provedor; grupos de limite',
      read: 'Ler números e os limites deles',
    },
    callbacks: {
      manage: 'Criar, testar e repetir endpoints',
      read: 'Ler endpoints e entregas, sem conteúdo',
      bodies: 'Ver o conteúdo das entregas, com textos e números de pessoas',
    },
    contacts: {
      manage: 'Alterar contatos, consentimentos e bloqueios',
      read: 'Ler contatos, consentimentos e bloqueios',
    },
    conversations: {
      read: 'Ler conversas',
      write: 'Responder em conversas e marcá-las como lidas',
    },
    events: {
      manage: 'Alterar tipos de eventos e regras; repetir eventos',
      read: 'Ler eventos, tipos e regras',
      write: 'Informar eventos, que por regras podem enviar mensagens',
    },
    campaigns: {
      launch: 'Iniciar, pausar e cancelar campanhas',
      manage: 'Escrever modelos e campanhas',
      read: 'Ler modelos, campanhas e resultados',
    },
    dead_letters: {
      manage: 'Reprocessar, descartar e apagar cartas mortas',
      read: 'Ler e exportar cartas mortas',
    },
    keys: {
      manage: 'Criar, trocar e revogar chaves de API, no máximo com os próprios direitos',
    },
    tenant: {
      manage: 'Alterar nome e configurações do cliente',
    },
    overview: {
      read: 'Ler a visão geral',
    },
    tenants: {
      read: 'Ver clientes',
      manage: 'Adicionar, renomear, suspender e retomar clientes',
    },
    staff: {
      read: 'Ver usuários e funções',
      manage: 'Convidar pessoas, alterar funções, encerrar acessos',
    },
    audit: {
      read: 'Ler o registro de auditoria',
    },
    settings: {
      manage: 'Alterar configurações da instalação',
    },
  },
  permission_group: { send: 'Enviar', edit: 'Editar', read: 'Ler' },
};

import type { state as en } from '../en/state';
import type { Words } from '../words';

export const state: Words<typeof en> = {
  state: {
    message: {
      scheduled: 'Agendada',
      queued: 'Na fila',
      claimed: 'Enviando',
      calling: 'Enviando',
      sent: 'Enviada',
      delivered: 'Entregue',
      read: 'Lida',
      played: 'Reproduzida',
      failed: 'Falhou',
      uncertain: 'Incerta',
      suppressed: 'Bloqueada',
      cancelled: 'Cancelada',
      expired: 'Expirada',
    },
    dead_letter: { open: 'Aberta', redriven: 'Reprocessada', resolved: 'Resolvida', discarded: 'Descartada' },
    redrive: { helps: 'Reprocessar ajuda', may_duplicate: 'Pode enviar duas vezes', no_help: 'Reprocessar não ajuda' },
    number: {
      connected: 'Conectado',
      connecting: 'Conectando',
      needs_scan: 'Precisa ser lido',
      needs_passkey: 'Precisa de chave de acesso',
      asked_to_wait: 'Deve esperar',
      disconnected: 'Desconectado',
      logged_out: 'Sessão encerrada',
      expired: 'Expirado',
      credentials_invalid: 'Chave recusada',
      number_changed: 'Número trocado',
      paused: 'Pausado',
      new: 'Novo',
      unknown: 'Desconhecido',
    },
  },
};

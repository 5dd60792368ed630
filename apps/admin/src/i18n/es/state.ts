import type { state as en } from '../en/state';
import type { Words } from '../words';

export const state: Words<typeof en> = {
  state: {
    message: {
      scheduled: 'Programado',
      queued: 'En cola',
      claimed: 'Enviando',
      calling: 'Enviando',
      sent: 'Enviado',
      delivered: 'Entregado',
      read: 'Leído',
      played: 'Reproducido',
      failed: 'Fallido',
      uncertain: 'Incierto',
      suppressed: 'Bloqueado',
      cancelled: 'Cancelado',
      expired: 'Caducado',
    },
    dead_letter: { open: 'Abierta', redriven: 'Reprocesada', resolved: 'Resuelta', discarded: 'Descartada' },
    redrive: { helps: 'Reprocesar ayuda', may_duplicate: 'Puede enviarse dos veces', no_help: 'Reprocesar no ayuda' },
    number: {
      connected: 'Conectado',
      connecting: 'Conectando',
      needs_scan: 'Falta escanear',
      needs_passkey: 'Falta la clave de acceso',
      asked_to_wait: 'Debe esperar',
      disconnected: 'Desconectado',
      logged_out: 'Sesión cerrada',
      expired: 'Caducado',
      credentials_invalid: 'Clave rechazada',
      number_changed: 'Número cambiado',
      paused: 'En pausa',
      new: 'Nuevo',
      unknown: 'Desconocido',
    },
  },
};

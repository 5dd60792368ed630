import type { state as en } from '../en/state';
import type { Words } from '../words';

export const state: Words<typeof en> = {
  state: {
    message: {
      scheduled: 'Planifié',
      queued: 'En attente',
      claimed: 'Envoi en cours',
      calling: 'Envoi en cours',
      sent: 'Envoyé',
      delivered: 'Remis',
      read: 'Lu',
      played: 'Écouté',
      failed: 'Échoué',
      uncertain: 'Incertain',
      suppressed: 'Bloqué',
      cancelled: 'Annulé',
      expired: 'Expiré',
    },
    dead_letter: { open: 'Ouverte', redriven: 'Relancée', resolved: 'Résolue', discarded: 'Abandonnée' },
    redrive: { helps: 'Relancer aide', may_duplicate: 'Envoi double possible', no_help: 'Relancer n’aide pas' },
    number: {
      connected: 'Connecté',
      connecting: 'Connexion',
      needs_scan: 'À scanner',
      needs_passkey: 'Clé d’accès requise',
      asked_to_wait: 'Doit attendre',
      disconnected: 'Déconnecté',
      logged_out: 'Session fermée',
      expired: 'Expiré',
      credentials_invalid: 'Clé refusée',
      number_changed: 'Numéro changé',
      paused: 'En pause',
      new: 'Nouveau',
      unknown: 'Inconnu',
    },
  },
};

import type { access as en } from '../en/access';
import type { Words } from '../words';

export const access: Words<typeof en> = {
  copy_box: { copy: 'Copier : %{name}' },
  form: {
    unsaved: 'Quitter sans enregistrer ?',
    unsaved_text: 'Ce que vous avez saisi ici n’est pas enregistré.',
    leave_page: 'Quitter et la perdre',
    stay: 'Rester ici',
    leave: 'Ne rien changer',
    choices: 'Choix',
    changed: 'Quelqu’un d’autre a modifié ceci entre-temps. Fermez ce panneau et rouvrez-le pour voir la modification.',
    newer: 'Quelqu’un d’autre a enregistré une version plus récente.',
    newer_text: 'La vôtre est toujours là, et n’est pas enregistrée.',
    take_theirs: 'Charger sa version',
    keep_mine: 'Garder la mienne pour l’enregistrer par-dessus',
  },
  permission: {
    messages: {
      write: 'Envoyer et annuler des messages',
      read: 'Lire messages, groupes et chronologies',
    },
    sessions: {
      manage: 'Lier, suspendre et limiter des numéros ; comptes du fournisseur ; groupes de plafonds',
      read: 'Lire les numéros et leurs limites',
    },
    callbacks: {
      manage: 'Créer, tester et rejouer des points d’appel',
      read: 'Lire les points d’appel et les remises, sans contenus',
      bodies: 'Voir les contenus des remises, qui portent textes et numéros de personnes',
    },
    contacts: {
      manage: 'Modifier contacts, consentements et blocages',
      read: 'Lire contacts, consentements et blocages',
    },
    conversations: {
      read: 'Lire les conversations',
      write: 'Répondre dans les conversations et les marquer comme lues',
    },
    events: {
      manage: 'Modifier types d’événements et règles ; rejouer des événements',
      read: 'Lire événements, types et règles',
      write: 'Signaler des événements, qui peuvent envoyer des messages par des règles',
    },
    campaigns: {
      launch: 'Lancer, suspendre et annuler des campagnes',
      manage: 'Rédiger des modèles et des campagnes',
      read: 'Lire les modèles, les campagnes et leurs résultats',
    },
    dead_letters: {
      manage: 'Relancer, écarter et purger des lettres mortes',
      read: 'Lire et exporter les lettres mortes',
    },
    keys: {
      manage: 'Créer, renouveler et révoquer des clés d’API, au plus avec ses propres droits',
    },
    tenant: {
      manage: 'Modifier le nom et les réglages du client',
    },
    overview: {
      read: 'Lire la vue d’ensemble',
    },
    tenants: {
      read: 'Voir les clients',
      manage: 'Ajouter, renommer, suspendre et reprendre des clients',
    },
    staff: {
      read: 'Voir les utilisateurs et les rôles',
      manage: 'Inviter des personnes, changer les rôles, retirer l’accès',
    },
    audit: {
      read: 'Lire le journal d’audit',
    },
    settings: {
      manage: 'Modifier les réglages de l’installation',
    },
  },
  permission_group: { send: 'Envoyer', edit: 'Modifier', read: 'Lire' },
};

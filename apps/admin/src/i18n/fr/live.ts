import type { live as en } from '../en/live';
import type { Words } from '../words';

export const live: Words<typeof en> = {
  live: {
    live: 'En direct',
    reconnecting: 'Reconnexion',
    paused: 'En pause',
    pause: 'Appuyez pour figer la page pendant que vous lisez.',
    resume: 'Appuyez pour continuer.',
    last: 'Dernier événement à %{time}.',
    waiting: '%{figure} nouveau |||| %{figure} nouveaux',
  },
  alerts: {
    unread: 'Ce qui demande votre attention n’a pas pu être lu',
    bell: '%{figure} point demande votre attention |||| %{figure} points demandent votre attention',
    none: 'Rien ne demande votre attention.',
    all: 'Voir les %{count} dans la vue d’ensemble',
    need: 'demandent votre attention',
    unnamed: 'Groupe sans nom',
    ledger_held: {
      title: 'La base de données est retenue comme copie ancienne',
      text: 'Les séquences, les diffusions et tout ce qu’elle avait accepté attendent qu’une personne les libère en ligne de commande.',
      act: 'Voir le guide',
    },
    no_worker: {
      title: 'Aucun worker n’est actif',
      text: 'Rien n’est envoyé. Les messages attendent et partent dès qu’un worker fonctionne.',
      act: 'Voir le moteur',
    },
    account_guessed: {
      title: 'Quelqu’un essaie de deviner le mot de passe de %{name}',
      text: 'Il y a eu trop d’essais de connexion. Ils sont limités ; son propriétaire entre depuis un réseau déjà utilisé, ou par un lien qui définit un mot de passe.',
      act: 'Voir la personne',
    },
    number_logged_out: {
      title: 'La session de %{name} est fermée',
      text: 'Ses messages attendent qu’un téléphone soit de nouveau lié.',
      act: 'Lier de nouveau',
    },
    number_expired: {
      title: 'L’abonnement de %{name} est terminé',
      text: 'Ses messages attendent le renouvellement chez le fournisseur.',
      act: 'Ouvrir',
    },
    number_key_refused: {
      title: 'Le fournisseur refuse la clé de %{name}',
      text: 'Ses messages attendent qu’une clé valide soit saisie.',
      act: 'Saisir une clé',
    },
    number_changed: {
      title: '%{name} est lié à un autre téléphone',
      text: 'Rien n’est envoyé tant que personne ne confirme le téléphone.',
      act: 'Comparer',
    },
    lane_invalid: {
      title: 'Les limites de %{name} sont inutilisables',
      text: 'Rien n’est envoyé tant que ses limites ne sont pas corrigées et enregistrées.',
      act: 'Ouvrir',
    },
    number_needs_scan: { title: '%{name} attend la lecture d’un code QR', text: 'Ses messages attendent.', act: 'Montrer le code' },
    number_needs_passkey: { title: '%{name} attend une clé d’accès', text: 'Ses messages attendent.', act: 'Ouvrir' },
    number_disconnected: {
      title: '%{name} a perdu sa connexion',
      text: 'Ses messages attendent. Le téléphone est peut-être éteint ou sans réseau.',
      act: 'Ouvrir',
    },
    endpoint_disabled: {
      title: 'Le point d’appel %{name} est désactivé',
      text: 'Il a échoué trop longtemps. Ses callbacks attendent.',
      act: 'Ouvrir',
    },
    endpoint_failing: {
      title: 'Le point d’appel %{name} échoue',
      text: 'Ses callbacks sont retentés et attendent entre-temps.',
      act: 'Ouvrir',
    },
    dead_letters: {
      title: '%{figure} lettre morte : %{cause} |||| %{figure} lettres mortes : %{cause}',
      text: 'La plus récente date de moins d’un jour.',
      act: 'Ouvrir la cause',
    },
    unknown_outcome: {
      title: '%{figure} message au résultat inconnu |||| %{figure} messages au résultat inconnu',
      text: 'Aucune trace n’a été trouvée à temps. Un nouvel envoi peut produire une seconde copie.',
      act: 'Décider',
    },
    cap_near: {
      title: 'Il reste à %{name} %{figure} sur %{of} aujourd’hui',
      text: 'Il s’arrête pour la journée une fois le plafond atteint.',
      act: 'Voir les limites',
    },
    group_paused: { title: '%{name} est en pause', text: 'Ses messages attendent que quelqu’un le reprenne.', act: 'Voir les messages' },
  },
};

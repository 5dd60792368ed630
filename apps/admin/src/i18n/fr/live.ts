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
    waiting: {
      messages: {
        some: 'Ses messages attendent',
        count: '%{figure} message attend |||| %{figure} messages attendent',
        more: '%{figure} messages ou plus attendent',
      },
      callbacks: {
        some: 'Ses callbacks attendent',
        count: '%{figure} callback attend |||| %{figure} callbacks attendent',
        more: '%{figure} callbacks ou plus attendent',
      },
    },
    phones: 'Attendu : %{confirmed}, trouvé : %{linked}.',
    broker_down: {
      title: 'Le broker %{name} est injoignable',
      text: 'Ce qu’il transporte y attend : %{cause}',
      silent: 'Aucun worker ne le lit. Ce qu’il transporte y attend.',
      act: 'Voir les files',
    },
    events_rejected: {
      title: '%{figure} événement n’a pas été suivi : %{cause} |||| %{figure} événements n’ont pas été suivis : %{cause}',
      text: 'Le plus récent date de moins d’un jour.',
      act: 'Ouvrir la cause',
    },
    opt_out_reviews: {
      title: '%{figure} message est peut-être une désinscription |||| %{figure} messages sont peut-être des désinscriptions',
      text: 'Tant que personne ne décide, on continue d’écrire à ces personnes.',
      act: 'Décider',
    },
    campaign_failed: {
      title: '%{name} a échoué',
      text: 'Elle ne peut pas continuer. Ce qui n’était pas parti a été annulé.',
      act: 'Ouvrir la campagne',
    },
    campaign_held: { title: '%{name} a été arrêtée', text: '%{why} %{waiting}.', act: 'Ouvrir la campagne' },
    campaign_approval: {
      title: '%{name} attend une approbation',
      text: 'Quelqu’un qui ne l’a ni écrite ni modifiée doit l’approuver avant qu’elle puisse commencer.',
      act: 'Ouvrir la campagne',
    },
    campaign_paused: { title: '%{name} est en pause', text: '%{waiting} que quelqu’un la reprenne.', act: 'Ouvrir la campagne' },
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
      text: '%{waiting} qu’un téléphone soit de nouveau lié.',
      act: 'Lier de nouveau',
    },
    number_expired: {
      title: 'L’abonnement de %{name} est terminé',
      text: '%{waiting} le renouvellement chez le fournisseur.',
      act: 'Ouvrir',
    },
    number_key_refused: {
      title: 'Le fournisseur refuse la clé de %{name}',
      text: '%{waiting} qu’une clé valide soit saisie.',
      act: 'Saisir une clé',
    },
    number_changed: {
      title: '%{name} est lié à un autre téléphone',
      text: '%{phones} %{waiting} que quelqu’un confirme le téléphone.',
      act: 'Comparer',
    },
    lane_invalid: {
      title: 'Les limites de %{name} sont inutilisables',
      text: '%{waiting} que ses limites soient corrigées et enregistrées.',
      act: 'Ouvrir',
    },
    number_needs_scan: { title: '%{name} attend la lecture d’un code QR', text: '%{waiting}.', act: 'Montrer le code' },
    number_needs_passkey: { title: '%{name} attend une clé d’accès', text: '%{waiting}.', act: 'Ouvrir' },
    number_disconnected: {
      title: '%{name} a perdu sa connexion',
      text: '%{waiting}. Le téléphone est peut-être éteint ou sans réseau.',
      act: 'Ouvrir',
    },
    endpoint_disabled: {
      title: 'Le point d’appel %{name} est désactivé',
      text: 'Il a échoué trop longtemps. %{waiting}.',
      act: 'Ouvrir',
    },
    endpoint_failing: {
      title: 'Le point d’appel %{name} échoue',
      text: 'Ses callbacks sont retentés. %{waiting} entre-temps.',
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
      text: 'Au plafond, il s’arrête jusqu’à %{until}.',
      act: 'Voir les limites',
    },
    group_paused: { title: '%{name} est en pause', text: '%{waiting} que quelqu’un le reprenne.', act: 'Voir les messages' },
  },
};

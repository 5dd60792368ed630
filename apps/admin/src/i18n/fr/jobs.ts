import type { jobs as en } from '../en/jobs';
import type { Words } from '../words';

export const jobs: Words<typeof en> = {
  jobs: {
    job: 'Tâche',
    state: 'État',
    progress: 'Avancement',
    result: 'Résultat',
    who: 'Par',
    asked: 'Demandée',
    pace: 'Au plus par minute',
    started: 'Commencée',
    ended: 'Terminée',
    failed_ids: 'Ids en échec',
    id: 'Id',
    empty: 'Aucune tâche pour l’instant',
    empty_text:
      'Une relance, un abandon, une annulation ou une nouvelle livraison de tout ce qu’un filtre trouve s’exécute comme une tâche, et apparaît ici.',
    of: '%{done} sur %{total}',
    left: 'encore %{time}',
    by: 'Demandée par %{name}, %{at}.',
    stop: 'Arrêter',
    stopping: 'Arrêt',
    may_not_stop: 'Vous pouvez voir cette tâche, mais pas l’arrêter.',
    failed: '%{figure} en échec |||| %{figure} en échec',
    rest: '%{figure} non atteinte |||| %{figure} non atteintes',
    what: {
      dead_letters_redrive: 'Relancer %{figure} lettre morte |||| Relancer %{figure} lettres mortes',
      dead_letters_discard: 'Abandonner %{figure} lettre morte |||| Abandonner %{figure} lettres mortes',
      messages_cancel: 'Annuler %{figure} message |||| Annuler %{figure} messages',
      callbacks_replay: 'Livrer de nouveau %{figure} callback |||| Livrer de nouveau %{figure} callbacks',
      events_replay: 'Rejouer %{figure} événement |||| Rejouer %{figure} événements',
    },
    done: {
      dead_letters_redrive: '%{figure} relancée |||| %{figure} relancées',
      dead_letters_discard: '%{figure} abandonnée |||| %{figure} abandonnées',
      messages_cancel: '%{figure} annulé |||| %{figure} annulés',
      callbacks_replay: '%{figure} à livrer de nouveau |||| %{figure} à livrer de nouveau',
      events_replay: '%{figure} à relire |||| %{figure} à relire',
    },
    skipped: {
      opted_out: 'désinscrits depuis',
      bad_number: 'numéros injoignables',
      suppressed: 'adresses bloquées',
      agency_suppressed: 'adresses bloquées par l’agence',
      needs_consent: 'laissées : un envoi double est possible',
      changed_since: 'réglées par quelqu’un d’autre depuis',
      message_deleted: 'messages supprimés depuis',
      group_cancelled: 'leur campagne ou leur groupe a été annulé',
      import_undone: 'personnes d’une importation annulée',
      too_late: 'déjà en route',
    },
  },
  selection: {
    some: '%{figure} de cette page est sélectionné. |||| %{figure} de cette page sont sélectionnés.',
    whole: 'Les %{figure} de ce filtre sont tous sélectionnés, pas seulement les %{page} de cette page.',
    all: 'Sélectionner les %{figure} qui correspondent',
    only_page: 'Ne sélectionner que cette page',
  },
  trend: {
    grows: 'en hausse',
  },
};

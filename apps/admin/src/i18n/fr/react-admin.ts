import type { reactAdmin as en } from '../en/react-admin';
import type { Words } from '../words';

export const reactAdmin: Words<typeof en> = {
  ra: {
    action: { back: 'Retour', close: 'Fermer', refresh: 'Actualiser', undo: 'Annuler' },
    auth: { auth_check_error: 'Connectez-vous pour continuer.', sign_in_error: 'La connexion a échoué. Réessayez.' },
    message: {
      access_denied: 'Votre rôle n’ouvre pas cette page.',
      auth_error: 'Votre connexion n’a pas pu être vérifiée.',
      authentication_error: '%{brand} n’a pas pu vérifier votre connexion. Réessayez dans un instant.',
      error: 'Une erreur est survenue et cette page n’a pas pu être affichée.',
      invalid_form: 'Certains champs ne sont pas remplis correctement.',
      loading: 'Cela prend un instant.',
      not_found: 'L’adresse est fausse, ou ce qu’elle montre n’existe plus.',
      select_all_limit_reached: 'Seules les %{max} premières lignes ont été sélectionnées.',
      unsaved_changes: 'Quitter sans enregistrer vos modifications ?',
    },
    notification: {
      http_error: '%{brand} n’a pas répondu.',
      i18n_error: 'Les textes de cette langue n’ont pas pu être chargés.',
      logged_out: 'Votre session est terminée. Connectez-vous de nouveau.',
      not_authorized: 'Vous ne pouvez pas voir ceci.',
    },
    page: {
      access_denied: 'Vous ne pouvez pas voir ceci',
      authentication_error: 'La connexion n’a pas pu être vérifiée',
      dashboard: 'Vue d’ensemble',
      error: 'Une erreur est survenue',
      list: '%{name}',
      loading: 'Chargement',
      not_found: 'Cette page n’est pas ici',
    },
  },
};

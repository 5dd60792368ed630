/** Words of React-Admin that the panel can show, by its keys. */
export const reactAdmin = {
  ra: {
    action: { back: 'Go back', close: 'Close', refresh: 'Refresh', undo: 'Undo' },
    auth: { auth_check_error: 'Sign in to go on.', sign_in_error: 'Sign-in failed. Try again.' },
    message: {
      access_denied: 'Your role does not open this page.',
      auth_error: 'Your sign-in could not be checked.',
      authentication_error: '%{brand} could not check your sign-in. Try again in a moment.',
      error: 'This page met a fault and could not be shown.',
      invalid_form: 'Some fields are not filled in right.',
      loading: 'This takes a moment.',
      not_found: 'The address is wrong, or what it shows is gone.',
      select_all_limit_reached: 'Only the first %{max} rows were selected.',
      unsaved_changes: 'Leave without saving your changes?',
    },
    notification: {
      http_error: '%{brand} did not answer.',
      i18n_error: 'The words of this language could not be loaded.',
      logged_out: 'Your sign-in has ended. Sign in again.',
      not_authorized: 'You may not see this.',
    },
    page: {
      access_denied: 'You may not see this',
      authentication_error: 'Sign-in could not be checked',
      dashboard: 'Overview',
      error: 'Something went wrong',
      list: '%{name}',
      loading: 'Loading',
      not_found: 'This page is not here',
    },
  },
};

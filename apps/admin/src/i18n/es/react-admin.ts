import type { reactAdmin as en } from '../en/react-admin';
import type { Words } from '../words';

export const reactAdmin: Words<typeof en> = {
  ra: {
    action: { back: 'Volver', close: 'Cerrar', refresh: 'Actualizar', undo: 'Deshacer' },
    auth: { auth_check_error: 'Inicie sesión para continuar.', sign_in_error: 'No se pudo iniciar sesión. Inténtelo de nuevo.' },
    message: {
      access_denied: 'Su rol no abre esta página.',
      auth_error: 'No se pudo comprobar su acceso.',
      authentication_error: '%{brand} no pudo comprobar su acceso. Inténtelo de nuevo en un momento.',
      error: 'Hubo un fallo y esta página no se pudo mostrar.',
      invalid_form: 'Algunos campos no están bien rellenados.',
      loading: 'Tarda un momento.',
      not_found: 'La dirección es incorrecta, o lo que muestra ya no existe.',
      select_all_limit_reached: 'Solo se seleccionaron las primeras %{max} filas.',
      unsaved_changes: '¿Salir sin guardar los cambios?',
    },
    notification: {
      http_error: '%{brand} no respondió.',
      i18n_error: 'No se pudieron cargar los textos de este idioma.',
      logged_out: 'Su sesión ha terminado. Inicie sesión de nuevo.',
      not_authorized: 'No puede ver esto.',
    },
    page: {
      access_denied: 'No puede ver esto',
      authentication_error: 'No se pudo comprobar el acceso',
      dashboard: 'Resumen',
      error: 'Algo salió mal',
      list: '%{name}',
      loading: 'Cargando',
      not_found: 'Esta página no está aquí',
    },
  },
};

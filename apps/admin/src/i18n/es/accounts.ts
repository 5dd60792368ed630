import type { accounts as en } from '../en/accounts';
import type { Words } from '../words';

export const accounts: Words<typeof en> = {
  accounts: {
    title: 'Cuentas del proveedor',
    name: 'Cuenta',
    provider: 'Proveedor',
    numbers: 'Números',
    numbers_of: '%{smart_count} número |||| %{smart_count} números',
    no_numbers: 'Ningún número usa esta cuenta.',
    close: 'Cerrar',
    added: 'Añadida',
    add: 'Añadir cuenta',
    add_do: 'Añadir la cuenta',
    empty: 'Aún no hay cuenta del proveedor',
    empty_text: 'Con el token de acceso de una cuenta, %{brand} crea, vincula y quita números en el proveedor.',
    may_not: 'Puede ver cuentas del proveedor, pero no cambiarlas. Operadores y administradores pueden.',
    more: 'Más sobre %{name}',
    check: 'Comprobar',
    checking: 'Comprobando',
    check_good:
      'El proveedor acepta el token de «%{name}». Tiene %{smart_count} sesión allí. |||| El proveedor acepta el token de «%{name}». Tiene %{smart_count} sesiones allí.',
    check_bad: 'El token de «%{name}» no funciona.',
    rename: 'Renombrar',
    replace: 'Sustituir el token',
    remove: 'Quitar',
    in_use: 'Aún la usan números.',
    form: {
      name: 'Nombre',
      name_help: 'Solo lo ven las personas del panel.',
      token: 'Token de acceso',
      token_help: 'El proveedor lo muestra en la página de su cuenta. Se comprueba allí, se guarda sellado y no se muestra nunca más.',
    },
    save_name: 'Guardar el nombre',
    save_token: 'Usar este token',
    replace_text: 'El token nuevo se comprueba antes en el proveedor. Si lo rechaza, sigue el anterior.',
    keep: 'No cambiar nada',
    remove_title: '¿Quitar la cuenta «%{name}»?',
    remove_text: '%{brand} olvida su token. En el proveedor no cambia nada.',
    remove_do: 'Quitar la cuenta',
  },
};

import type { access as en } from '../en/access';
import type { Words } from '../words';

export const access: Words<typeof en> = {
  copy_box: { copy: 'Copiar: %{name}' },
  form: {
    unsaved: '¿Salir sin guardar?',
    unsaved_text: 'Lo que escribió aquí no está guardado.',
    leave_page: 'Salir y perderlo',
    stay: 'Quedarse aquí',
    leave: 'No cambiar nada',
    choices: 'Opciones',
    changed: 'Otra persona cambió esto entretanto. Cierre este panel y ábralo de nuevo para ver el cambio.',
    newer: 'Otra persona guardó una versión más nueva.',
    newer_text: 'La suya sigue aquí, sin guardar.',
    take_theirs: 'Cargar la otra versión',
    keep_mine: 'Mantener la mía para guardarla encima',
  },
  permission: {
    messages: {
      write: 'Enviar y cancelar mensajes',
      read: 'Leer mensajes, grupos y cronologías',
    },
    sessions: {
      manage: 'Vincular, pausar y limitar números; cuentas del proveedor; grupos de topes',
      read: 'Leer números y sus límites',
    },
    callbacks: {
      manage: 'Crear, probar y repetir endpoints',
      read: 'Leer endpoints y entregas, sin contenidos',
      bodies: 'Ver contenidos de entregas, con textos y números de personas',
    },
    contacts: {
      manage: 'Cambiar contactos, consentimientos y bloqueos',
      read: 'Leer contactos, consentimientos y bloqueos',
    },
    conversations: {
      read: 'Leer conversaciones',
      write: 'Responder en conversaciones y marcarlas como leídas',
    },
    events: {
      manage: 'Cambiar tipos de eventos y reglas; repetir eventos',
      read: 'Leer eventos, tipos y reglas',
      write: 'Comunicar eventos, que por reglas pueden enviar mensajes',
    },
    campaigns: {
      launch: 'Iniciar, pausar y cancelar campañas',
      manage: 'Escribir plantillas y campañas',
      read: 'Leer plantillas, campañas y resultados',
    },
    dead_letters: {
      manage: 'Reprocesar, descartar y purgar cartas muertas',
      read: 'Leer y exportar cartas muertas',
    },
    keys: {
      manage: 'Crear, renovar y revocar claves de API, como mucho con sus propios derechos',
    },
    tenant: {
      manage: 'Cambiar nombre y ajustes del cliente',
    },
    overview: {
      read: 'Leer el resumen',
    },
    tenants: {
      read: 'Ver clientes',
      manage: 'Añadir, renombrar, suspender y reanudar clientes',
    },
    staff: {
      read: 'Ver usuarios y roles',
      manage: 'Invitar personas, cambiar roles, quitar el acceso',
    },
    audit: {
      read: 'Leer el registro de auditoría',
    },
    settings: {
      manage: 'Cambiar ajustes de la instalación',
    },
  },
  permission_group: { send: 'Enviar', edit: 'Editar', read: 'Leer' },
};

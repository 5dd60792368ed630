import type { live as en } from '../en/live';
import type { Words } from '../words';

export const live: Words<typeof en> = {
  live: {
    live: 'En vivo',
    reconnecting: 'Reconectando',
    paused: 'En pausa',
    pause: 'Pulse para detener la página mientras lee.',
    resume: 'Pulse para continuar.',
    last: 'Último evento a las %{time}.',
    waiting: '%{figure} nuevo |||| %{figure} nuevos',
  },
  alerts: {
    unread: 'No se pudo leer lo que le necesita',
    bell: '%{figure} asunto le necesita |||| %{figure} asuntos le necesitan',
    none: 'Nada le necesita.',
    all: 'Ver los %{count} en el resumen',
    need: 'le necesitan',
    unnamed: 'Grupo sin nombre',
    waiting: {
      messages: {
        some: 'Sus mensajes esperan',
        count: '%{figure} mensaje espera |||| %{figure} mensajes esperan',
        more: '%{figure} mensajes o más esperan',
      },
      callbacks: {
        some: 'Sus callbacks esperan',
        count: '%{figure} callback espera |||| %{figure} callbacks esperan',
        more: '%{figure} callbacks o más esperan',
      },
    },
    phones: 'Se esperaba %{confirmed}, se encontró %{linked}.',
    broker_down: {
      title: 'No se puede llegar al broker %{name}',
      text: 'Lo que transporta espera allí: %{cause}',
      silent: 'Ningún worker lo lee. Lo que transporta espera allí.',
      act: 'Ver las colas',
    },
    events_rejected: {
      title: '%{figure} evento no se siguió: %{cause} |||| %{figure} eventos no se siguieron: %{cause}',
      text: 'El más nuevo llegó hace menos de un día.',
      act: 'Abrir la causa',
    },
    opt_out_reviews: {
      title: '%{figure} mensaje puede ser una baja |||| %{figure} mensajes pueden ser bajas',
      text: 'Hasta que alguien decida, se sigue escribiendo a estas personas.',
      act: 'Decidir',
    },
    campaign_failed: { title: '%{name} falló', text: 'No puede seguir. Lo que no había enviado se canceló.', act: 'Abrir la campaña' },
    campaign_held: { title: '%{name} se detuvo', text: '%{why} %{waiting}.', act: 'Abrir la campaña' },
    campaign_approval: {
      title: '%{name} espera una aprobación',
      text: 'Alguien que no la escribió ni la cambió debe aprobarla antes de que empiece.',
      act: 'Abrir la campaña',
    },
    campaign_paused: { title: '%{name} está en pausa', text: '%{waiting} hasta que alguien la reanude.', act: 'Abrir la campaña' },
    ledger_held: {
      title: 'La base de datos está retenida como copia antigua',
      text: 'Las secuencias, los envíos masivos y todo lo que había aceptado esperan hasta que una persona lo libere en la línea de comandos.',
      act: 'Ver la guía',
    },
    no_worker: {
      title: 'Ningún worker está activo',
      text: 'No se envía nada. Los mensajes esperan y se envían en cuanto funcione un worker.',
      act: 'Ver el motor',
    },
    account_guessed: {
      title: 'Alguien intenta adivinar la contraseña de %{name}',
      text: 'Hubo demasiados intentos de entrar. Están limitados; su dueño entra desde una red que ya usó, o con un enlace que fija una contraseña.',
      act: 'Ver a la persona',
    },
    number_logged_out: {
      title: 'La sesión de %{name} se cerró',
      text: '%{waiting} hasta que se vincule de nuevo un teléfono.',
      act: 'Vincular de nuevo',
    },
    number_expired: {
      title: 'El plan de %{name} terminó',
      text: '%{waiting} hasta que se renueve el plan en el proveedor.',
      act: 'Abrir',
    },
    number_key_refused: {
      title: 'El proveedor rechaza la clave de %{name}',
      text: '%{waiting} hasta que se ponga una clave válida.',
      act: 'Poner clave',
    },
    number_changed: {
      title: '%{name} está vinculado a otro teléfono',
      text: '%{phones} %{waiting} hasta que alguien confirme el teléfono.',
      act: 'Comparar',
    },
    lane_invalid: {
      title: 'Los límites de %{name} no se pueden usar',
      text: '%{waiting} hasta que se corrijan y guarden sus límites.',
      act: 'Abrir',
    },
    number_needs_scan: { title: '%{name} espera que se escanee un código QR', text: '%{waiting}.', act: 'Ver el código' },
    number_needs_passkey: { title: '%{name} espera una clave de acceso', text: '%{waiting}.', act: 'Abrir' },
    number_disconnected: {
      title: '%{name} perdió la conexión',
      text: '%{waiting}. El teléfono puede estar apagado o sin red.',
      act: 'Abrir',
    },
    endpoint_disabled: {
      title: 'El endpoint %{name} está desactivado',
      text: 'Falló demasiado tiempo. %{waiting}.',
      act: 'Abrir',
    },
    endpoint_failing: {
      title: 'El endpoint %{name} falla',
      text: 'Sus callbacks se intentan de nuevo. %{waiting} entretanto.',
      act: 'Abrir',
    },
    dead_letters: {
      title: '%{figure} carta muerta: %{cause} |||| %{figure} cartas muertas: %{cause}',
      text: 'La más nueva llegó hace menos de un día.',
      act: 'Abrir la causa',
    },
    unknown_outcome: {
      title: '%{figure} mensaje con resultado desconocido |||| %{figure} mensajes con resultado desconocido',
      text: 'No se encontró rastro a tiempo. Si se envía de nuevo, puede llegar una segunda copia.',
      act: 'Decidir',
    },
    cap_near: {
      title: 'A %{name} le quedan %{figure} de %{of} hoy',
      text: 'Al llegar al límite se detiene, hasta %{until}.',
      act: 'Ver límites',
    },
    group_paused: { title: '%{name} está en pausa', text: '%{waiting} hasta que alguien lo reanude.', act: 'Ver mensajes' },
  },
};

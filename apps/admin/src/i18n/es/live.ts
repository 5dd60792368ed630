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
      text: 'Sus mensajes esperan hasta que se vincule de nuevo un teléfono.',
      act: 'Vincular de nuevo',
    },
    number_expired: {
      title: 'El plan de %{name} terminó',
      text: 'Sus mensajes esperan hasta que se renueve el plan en el proveedor.',
      act: 'Abrir',
    },
    number_key_refused: {
      title: 'El proveedor rechaza la clave de %{name}',
      text: 'Sus mensajes esperan hasta que se ponga una clave válida.',
      act: 'Poner clave',
    },
    number_changed: {
      title: '%{name} está vinculado a otro teléfono',
      text: 'No se envía nada hasta que alguien confirme el teléfono.',
      act: 'Comparar',
    },
    lane_invalid: {
      title: 'Los límites de %{name} no se pueden usar',
      text: 'No se envía nada hasta que se corrijan y guarden sus límites.',
      act: 'Abrir',
    },
    number_needs_scan: { title: '%{name} espera que se escanee un código QR', text: 'Sus mensajes esperan.', act: 'Ver el código' },
    number_needs_passkey: { title: '%{name} espera una clave de acceso', text: 'Sus mensajes esperan.', act: 'Abrir' },
    number_disconnected: {
      title: '%{name} perdió la conexión',
      text: 'Sus mensajes esperan. El teléfono puede estar apagado o sin red.',
      act: 'Abrir',
    },
    endpoint_disabled: {
      title: 'El endpoint %{name} está desactivado',
      text: 'Falló demasiado tiempo. Sus callbacks esperan.',
      act: 'Abrir',
    },
    endpoint_failing: {
      title: 'El endpoint %{name} falla',
      text: 'Sus callbacks se intentan de nuevo y esperan entretanto.',
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
    cap_near: { title: 'A %{name} le quedan %{figure} de %{of} hoy', text: 'Se detiene por hoy al llegar al límite.', act: 'Ver límites' },
    group_paused: { title: '%{name} está en pausa', text: 'Sus mensajes esperan hasta que alguien lo reanude.', act: 'Ver mensajes' },
  },
};

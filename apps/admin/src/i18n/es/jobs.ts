import type { jobs as en } from '../en/jobs';
import type { Words } from '../words';

export const jobs: Words<typeof en> = {
  jobs: {
    job: 'Tarea',
    state: 'Estado',
    progress: 'Avance',
    result: 'Resultado',
    who: 'Por',
    asked: 'Pedida',
    pace: 'Por minuto, como máximo',
    started: 'Empezó',
    ended: 'Terminó',
    failed_ids: 'Ids con fallo',
    id: 'Id',
    empty: 'Todavía no hay tareas',
    empty_text:
      'Un reproceso, un descarte, una cancelación o una nueva entrega de todo lo que encuentra un filtro se ejecuta como tarea y aparece aquí.',
    of: '%{done} de %{total}',
    left: 'faltan %{time}',
    by: 'Pedida por %{name}, %{at}.',
    stop: 'Detener',
    stopping: 'Deteniendo',
    may_not_stop: 'Puede ver esta tarea, pero no detenerla.',
    failed: '%{figure} con fallo |||| %{figure} con fallo',
    rest: '%{figure} sin alcanzar |||| %{figure} sin alcanzar',
    what: {
      dead_letters_redrive: 'Reprocesar %{figure} carta muerta |||| Reprocesar %{figure} cartas muertas',
      dead_letters_discard: 'Descartar %{figure} carta muerta |||| Descartar %{figure} cartas muertas',
      messages_cancel: 'Cancelar %{figure} mensaje |||| Cancelar %{figure} mensajes',
      callbacks_replay: 'Entregar de nuevo %{figure} callback |||| Entregar de nuevo %{figure} callbacks',
      events_replay: 'Repetir %{figure} evento |||| Repetir %{figure} eventos',
    },
    done: {
      dead_letters_redrive: '%{figure} reprocesada |||| %{figure} reprocesadas',
      dead_letters_discard: '%{figure} descartada |||| %{figure} descartadas',
      messages_cancel: '%{figure} cancelado |||| %{figure} cancelados',
      callbacks_replay: '%{figure} por entregar de nuevo |||| %{figure} por entregar de nuevo',
      events_replay: '%{figure} por leer otra vez |||| %{figure} por leer otra vez',
    },
    skipped: {
      opted_out: 'dados de baja desde entonces',
      bad_number: 'números que no se alcanzan',
      suppressed: 'direcciones bloqueadas',
      agency_suppressed: 'direcciones bloqueadas por la agencia',
      needs_consent: 'dejadas: podrían enviarse dos veces',
      changed_since: 'resueltas por otra persona entretanto',
      message_deleted: 'mensajes borrados entretanto',
      group_cancelled: 'su campaña o grupo se canceló',
      import_undone: 'personas de una importación deshecha',
      too_late: 'ya en camino',
    },
  },
  selection: {
    some: '%{figure} de esta página está seleccionado. |||| %{figure} de esta página están seleccionados.',
    whole: 'Los %{figure} de este filtro están seleccionados, no solo los %{page} de esta página.',
    all: 'Seleccionar los %{figure} que coinciden',
    only_page: 'Seleccionar solo esta página',
  },
  trend: {
    grows: 'en aumento',
  },
};

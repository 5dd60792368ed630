import type { jobs as en } from '../en/jobs';
import type { Words } from '../words';

export const jobs: Words<typeof en> = {
  jobs: {
    job: 'Tarefa',
    state: 'Estado',
    progress: 'Andamento',
    result: 'Resultado',
    who: 'Por',
    asked: 'Pedida',
    pace: 'Por minuto, no máximo',
    started: 'Começou',
    ended: 'Terminou',
    failed_ids: 'Ids com falha',
    id: 'Id',
    empty: 'Nenhuma tarefa ainda',
    empty_text:
      'Um reprocessamento, um descarte, um cancelamento ou uma nova entrega de tudo o que um filtro encontra roda como tarefa e aparece aqui.',
    of: '%{done} de %{total}',
    left: 'faltam %{time}',
    by: 'Pedida por %{name}, %{at}.',
    stop: 'Parar',
    stopping: 'Parando',
    may_not_stop: 'Você pode ver esta tarefa, mas não pará-la.',
    failed: '%{figure} com falha |||| %{figure} com falha',
    rest: '%{figure} não alcançada |||| %{figure} não alcançadas',
    what: {
      dead_letters_redrive: 'Reprocessar %{figure} carta morta |||| Reprocessar %{figure} cartas mortas',
      dead_letters_discard: 'Descartar %{figure} carta morta |||| Descartar %{figure} cartas mortas',
      messages_cancel: 'Cancelar %{figure} mensagem |||| Cancelar %{figure} mensagens',
      callbacks_replay: 'Entregar de novo %{figure} callback |||| Entregar de novo %{figure} callbacks',
      events_replay: 'Repetir %{figure} evento |||| Repetir %{figure} eventos',
    },
    done: {
      dead_letters_redrive: '%{figure} reprocessada |||| %{figure} reprocessadas',
      dead_letters_discard: '%{figure} descartada |||| %{figure} descartadas',
      messages_cancel: '%{figure} cancelada |||| %{figure} canceladas',
      callbacks_replay: '%{figure} a entregar de novo |||| %{figure} a entregar de novo',
      events_replay: '%{figure} a ler de novo |||| %{figure} a ler de novo',
    },
    skipped: {
      opted_out: 'descadastradas desde então',
      bad_number: 'números que não são alcançados',
      suppressed: 'endereços bloqueados',
      agency_suppressed: 'endereços bloqueados pela agência',
      needs_consent: 'deixadas: podem ser enviadas duas vezes',
      changed_since: 'resolvidas por outra pessoa nesse meio-tempo',
      message_deleted: 'mensagens apagadas desde então',
      group_cancelled: 'a campanha ou o grupo foi cancelado',
      import_undone: 'pessoas de uma importação desfeita',
      too_late: 'já a caminho',
    },
  },
  selection: {
    some: '%{figure} desta página está selecionada. |||| %{figure} desta página estão selecionadas.',
    whole: 'Todas as %{figure} deste filtro estão selecionadas, não só as %{page} desta página.',
    all: 'Selecionar todas as %{figure} que correspondem',
    only_page: 'Selecionar só esta página',
  },
  trend: {
    grows: 'crescendo',
  },
};

import type { reasons as en } from '../en/reasons';
import type { Words } from '../words';

export const reasons: Words<typeof en> = {
  agency_suppressed: {
    text: 'O endereço está na lista de supressão de toda a instalação.',
    do: 'Fale com quem administra a instalação.',
  },
  answer_lost: { text: 'A resposta do provedor se perdeu. Procuram-se provas.', do: 'Espere.' },
  answer_mismatched: {
    text: 'A resposta do provedor nomeou outro destinatário. Procuram-se provas; a mensagem nunca é reenviada sozinha.',
    do: 'Pergunte ao destinatário e avise o provedor.',
  },
  answer_unreadable: { text: 'Não foi possível ler a resposta do provedor. Procuram-se provas.', do: 'Espere.' },
  bad_number: {
    text: 'O número não está no WhatsApp, ou as mensagens para ele falharam repetidas vezes.',
    do: 'Confira o número. Se estiver certo, desbloqueie-o.',
  },
  callback_undelivered: {
    text: 'O endpoint não aceitou nenhuma das tentativas de um callback.',
    do: 'Conserte o endpoint e depois reprocesse.',
  },
  campaign_over: {
    text: 'A campanha da mensagem terminou: nada mais dela é enviado.',
    do: 'Descarte a carta. Para alcançar a pessoa, envie uma nova mensagem ou faça uma campanha de continuação.',
  },
  cancelled: { text: 'A mensagem foi cancelada.', do: 'Nada.' },
  claim_lost: { text: 'Um worker tinha assumido a mensagem e comprovadamente não a enviou. Ela voltou para a sua fila.', do: 'Espere.' },
  discarded: { text: 'Uma pessoa descartou a mensagem.', do: 'Nada.' },
  duplicate: { text: 'O contato foi unido a outro que tem uma mensagem da mesma campanha.', do: 'Nada.' },
  duplicate_content: {
    text: 'O mesmo conteúdo foi para a mesma pessoa pouco antes, dentro do prazo da proteção contra cópias.',
    do: 'Nada, ou reduza esse prazo nas configurações.',
  },
  evidence: { text: 'Um eco do WhatsApp ou o registro do provedor provou que a mensagem foi enviada.', do: 'Nada.' },
  expired: { text: 'A mensagem venceu antes que pudesse ser enviada.', do: 'Envie uma nova mensagem.' },
  file_failed: {
    text: 'O provedor não aceita o arquivo da mensagem, ou o arquivo não existe mais.',
    do: 'Leia a resposta do provedor no detalhe. Envie outro arquivo.',
  },
  file_unavailable: {
    text: 'O provedor ainda não tem o arquivo da mensagem. A mensagem espera na sua fila.',
    do: 'Espere. Se demorar, leia o detalhe: o envio do arquivo está falhando.',
  },
  frequency_cap: {
    text: 'A pessoa recebeu tantas mensagens de campanhas quantas o limite de frequência do cliente permite.',
    do: 'Nada, ou aumente o limite.',
  },
  group_cancelled: {
    text: 'O grupo da mensagem foi cancelado.',
    do: 'Descarte a carta. Para alcançar a pessoa, envie uma nova mensagem.',
  },
  import_undone: {
    text: 'A importação que trouxe a pessoa, ou registrou o consentimento dela, foi desfeita.',
    do: 'Nada. Importe as pessoas certas e envie para elas.',
  },
  invalid_content: { text: 'O provedor recusou o conteúdo.', do: 'Confira o link do arquivo, o tamanho dele e os campos.' },
  invalid_recipient: { text: 'O endereço não está no WhatsApp.', do: 'Corrija o número e reprocesse com o novo.' },
  late_answer: { text: 'A resposta de uma tentativa anterior chegou tarde demais para contar.', do: 'Nada.' },
  may_duplicate: {
    text: 'O banco de dados foi restaurado de um backup, e uma pessoa liberou a mensagem embora ela talvez já tivesse sido enviada.',
    do: 'Nada, ou pergunte ao destinatário.',
  },
  message_deleted: { text: 'A mensagem foi excluída.', do: 'Descarte a carta. Para alcançar a pessoa, envie uma nova mensagem.' },
  missed_window: {
    text: 'O horário de envio da mensagem terminou, e a campanha pula o que está atrasado.',
    do: 'Envie uma nova campanha a essas pessoas, ou deixe as mensagens atrasadas esperarem o próximo horário de envio.',
  },
  no_consent: {
    text: 'A pessoa não tem mais o consentimento para marketing que a campanha exige.',
    do: 'Descarte a carta, ou registre um consentimento que a pessoa deu.',
  },
  not_found: {
    text: 'O provedor não conhece a mensagem citada ou o grupo.',
    do: 'Confira a mensagem citada ou o grupo.',
  },
  not_sent: { text: 'Não foi possível alcançar o provedor. Haverá nova tentativa.', do: 'Espere.' },
  opted_out: { text: 'A pessoa pediu para sair.', do: 'Nada. A pessoa pode voltar a consentir.' },
  outcome_not_written: {
    text: 'Não foi possível gravar a resposta do provedor. A mensagem voltou para a sua fila, ou procuram-se provas.',
    do: 'Espere. O log do worker mostra o erro do banco de dados.',
  },
  outcome_unknown: {
    text: 'A resposta do provedor se perdeu, e nenhuma prova foi encontrada.',
    do: 'Pergunte ao destinatário, ou reprocesse e aceite uma possível segunda cópia.',
  },
  provider_error: {
    text: 'O WhatsApp relatou um erro depois que o provedor tinha aceitado a mensagem.',
    do: 'Confira o número e depois reprocesse.',
  },
  redriven: { text: 'Uma pessoa ou a configuração do cliente enviou a mensagem de novo.', do: 'Nada.' },
  refused: { text: 'O provedor recusou a mensagem em definitivo.', do: 'Leia a resposta do provedor no detalhe.' },
  refused_broker_message: {
    text: 'A mensagem de um broker foi lida, mas não pôde ser gravada.',
    do: 'Leia o detalhe. Corrija o remetente, ou corrija aquilo a que a mensagem se refere e reprocesse.',
  },
  retries_exhausted: {
    text: 'Não foi possível alcançar o provedor em oito tentativas.',
    do: 'Reprocesse quando o provedor voltar a responder.',
  },
  session_down: { text: 'O número não está conectado.', do: 'Vincule o número de novo.' },
  source_unavailable: {
    text: 'No momento não é possível ler aquilo de que o texto da mensagem é feito. A mensagem espera na sua fila.',
    do: 'Espere. Se demorar, verifique se os workers estão prontos.',
  },
  suppressed: { text: 'O endereço está na lista de supressão.', do: 'Desbloqueie o endereço.' },
  template_failed: {
    text: 'Não foi possível montar o texto a partir do modelo e das variáveis.',
    do: 'Leia o detalhe. Corrija o modelo e reprocesse, ou reprocesse com um texto seu.',
  },
  throttled: { text: 'O provedor pediu que o número esperasse.', do: 'Espere. Se isso se repetir, reduza o ritmo.' },
  unauthorised: { text: 'O provedor recusa a chave do número.', do: 'Informe a chave atual.' },
  unreadable_broker_message: {
    text: 'A mensagem de um broker não é um CloudEvent legível.',
    do: 'Leia o detalhe e corrija o remetente. Reprocessar só ajuda depois de uma atualização.',
  },
  unreadable_hook: { text: 'Não foi possível ler um hook.', do: 'Reprocesse depois de uma atualização, ou descarte.' },
  worker_died: {
    text: 'O processo que enviava a mensagem terminou. A mensagem voltou para a sua fila, ou procuram-se provas.',
    do: 'Espere.',
  },
};

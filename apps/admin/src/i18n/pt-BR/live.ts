import type { live as en } from '../en/live';
import type { Words } from '../words';

export const live: Words<typeof en> = {
  live: {
    live: 'Ao vivo',
    reconnecting: 'Reconectando',
    paused: 'Pausado',
    pause: 'Pressione para parar a página enquanto você lê.',
    resume: 'Pressione para continuar.',
    last: 'Último evento às %{time}.',
    waiting: '%{figure} nova |||| %{figure} novas',
  },
  alerts: {
    unread: 'Não foi possível ler o que precisa de você',
    bell: '%{figure} coisa precisa de você |||| %{figure} coisas precisam de você',
    none: 'Nada precisa de você.',
    all: 'Ver todas as %{count} na visão geral',
    need: 'precisam de você',
    unnamed: 'Grupo sem nome',
    waiting: {
      messages: {
        some: 'As mensagens esperam',
        count: '%{figure} mensagem espera |||| %{figure} mensagens esperam',
        more: '%{figure} mensagens ou mais esperam',
      },
      callbacks: {
        some: 'Os callbacks esperam',
        count: '%{figure} callback espera |||| %{figure} callbacks esperam',
        more: '%{figure} callbacks ou mais esperam',
      },
    },
    phones: 'Esperado %{confirmed}, encontrado %{linked}.',
    broker_down: {
      title: 'Não é possível alcançar o broker %{name}',
      text: 'O que ele transporta espera lá: %{cause}',
      silent: 'Nenhum worker o lê. O que ele transporta espera lá.',
      act: 'Ver as filas',
    },
    events_rejected: {
      title: '%{figure} evento não foi seguido: %{cause} |||| %{figure} eventos não foram seguidos: %{cause}',
      text: 'O mais novo chegou há menos de um dia.',
      act: 'Abrir a causa',
    },
    opt_out_reviews: {
      title: '%{figure} mensagem pode ser um descadastro |||| %{figure} mensagens podem ser descadastros',
      text: 'Até alguém decidir, essas pessoas continuam a receber mensagens.',
      act: 'Decidir',
    },
    campaign_failed: {
      title: '%{name} falhou',
      text: 'Ela não pode continuar. O que não tinha sido enviado foi cancelado.',
      act: 'Abrir a campanha',
    },
    campaign_held: { title: '%{name} foi interrompida', text: '%{why} %{waiting}.', act: 'Abrir a campanha' },
    campaign_approval: {
      title: '%{name} espera uma aprovação',
      text: 'Alguém que não a escreveu nem alterou precisa aprová-la antes do início.',
      act: 'Abrir a campanha',
    },
    campaign_paused: { title: '%{name} está em pausa', text: '%{waiting} até que alguém retome.', act: 'Abrir a campanha' },
    ledger_held: {
      title: 'O banco de dados está retido como cópia antiga',
      text: 'Sequências, campanhas e tudo o que ele havia aceitado esperam até que uma pessoa libere na linha de comando.',
      act: 'Ver o guia',
    },
    no_worker: {
      title: 'Nenhum worker está ativo',
      text: 'Nada é enviado. As mensagens esperam e são enviadas assim que um worker funcionar.',
      act: 'Ver o motor',
    },
    account_guessed: {
      title: 'Alguém tenta adivinhar a senha de %{name}',
      text: 'Houve tentativas demais de entrar. Elas são limitadas; o dono entra a partir de uma rede já usada, ou por um link que define uma senha.',
      act: 'Ver a pessoa',
    },
    number_logged_out: {
      title: 'A sessão de %{name} foi encerrada',
      text: '%{waiting} até que um telefone seja vinculado de novo.',
      act: 'Vincular de novo',
    },
    number_expired: {
      title: 'O plano de %{name} terminou',
      text: '%{waiting} até que o plano seja renovado no provedor.',
      act: 'Abrir',
    },
    number_key_refused: {
      title: 'O provedor recusa a chave de %{name}',
      text: '%{waiting} até que uma chave válida seja informada.',
      act: 'Informar chave',
    },
    number_changed: {
      title: '%{name} está vinculado a outro telefone',
      text: '%{phones} %{waiting} até que alguém confirme o telefone.',
      act: 'Comparar',
    },
    lane_invalid: {
      title: 'Os limites de %{name} não podem ser usados',
      text: '%{waiting} até que os limites sejam corrigidos e salvos.',
      act: 'Abrir',
    },
    number_needs_scan: { title: '%{name} espera a leitura de um código QR', text: '%{waiting}.', act: 'Mostrar o código' },
    number_needs_passkey: { title: '%{name} espera uma chave de acesso', text: '%{waiting}.', act: 'Abrir' },
    number_disconnected: {
      title: '%{name} perdeu a conexão',
      text: '%{waiting}. O telefone pode estar desligado ou sem rede.',
      act: 'Abrir',
    },
    endpoint_disabled: {
      title: 'O endpoint %{name} está desligado',
      text: 'Falhou por tempo demais. %{waiting}.',
      act: 'Abrir',
    },
    endpoint_failing: {
      title: 'O endpoint %{name} falha',
      text: 'Seus callbacks são tentados de novo. %{waiting} enquanto isso.',
      act: 'Abrir',
    },
    dead_letters: {
      title: '%{figure} carta morta: %{cause} |||| %{figure} cartas mortas: %{cause}',
      text: 'A mais nova chegou há menos de um dia.',
      act: 'Abrir a causa',
    },
    unknown_outcome: {
      title: '%{figure} mensagem com resultado desconhecido |||| %{figure} mensagens com resultado desconhecido',
      text: 'Nenhum vestígio foi encontrado a tempo. Um novo envio pode gerar uma segunda cópia.',
      act: 'Decidir',
    },
    cap_near: {
      title: '%{name} tem %{figure} de %{of} restantes hoje',
      text: 'Ao atingir o limite ele para, até %{until}.',
      act: 'Ver limites',
    },
    group_paused: { title: '%{name} está em pausa', text: '%{waiting} até que alguém retome.', act: 'Ver mensagens' },
  },
};

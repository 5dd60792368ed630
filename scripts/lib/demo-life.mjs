// Keeps the demo of `npm start` moving a little: a few messages a minute, answers, a number whose messages often fail. It uses the API
// and the simulator as anybody could. People are at +44 1632 960, numbers that are kept for fiction.
const everyMs = 6_000;
/** After this time the demo slows down, so that one that is left running stays small. */
const quickForMs = 15 * 60_000;
const slowFactor = 10;

const texts = {
  'Demo agency': ['Your order has been sent.', 'Thank you for signing up.', 'Your invoice is ready.', 'Your table is booked for 19:30.'],
  'Brightwater Dental': ['Your check-up is tomorrow at 10:20.', 'It is time for your next cleaning.', 'Thank you for your visit today.'],
  'Northgate Lettings': ['The viewing is at 17:00, ring at the side door.', 'Your rent was received.', 'The plumber comes on Thursday.'],
};
const answers = [
  'Thank you',
  'Can I come an hour later?',
  'Yes please',
  'Who is this?',
  'Is there a lift?',
  'See you then',
  'How much is it?',
];
const names = [
  'Priya Shah',
  'Tom Reed',
  'Rosa Delaney',
  'Amir Khan',
  'Lena Vogt',
  'Joe Adams',
  'Mia Clarke',
  'Ben Osei',
  'Ana Costa',
  'Sam Hill',
];

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const phoneOf = (client, person) => `+441632960${client}${String(person).padStart(2, '0')}`;

/**
 * @param demo api and simulator (URLs), clients: name, apiKey, isNew, numbers (id, name, at: id at the simulator)
 * @param onFault told once when it stops moving
 * @returns a function that ends it
 */
export function keepMoving({ api, simulator, clients }, onFault) {
  const startedAt = Date.now();
  let timer = null;
  let sent = Date.now() % 9_000;
  let ended = false;

  const call = async (url, method, body, apiKey) => {
    const answer = await fetch(url, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...(apiKey && { authorization: `Bearer ${apiKey}` }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    // A person may have opted out since, or a number may have been removed.
    if (!answer.ok && ![404, 409, 422].includes(answer.status)) throw new Error(`${method} ${new URL(url).pathname}: ${answer.status}`);
  };
  const ask = ({ apiKey }, method, path, body) => call(`${api}/v1${path}`, method, body, apiKey);
  const there = (method, path, body) => call(`${simulator}/sim${path}`, method, body);

  /** States of the numbers of a new client, once. */
  async function furnish(client) {
    const of = (name) => client.numbers.find((number) => number.name === name);
    const limits = (name, body) => of(name) && ask(client, 'PATCH', `/sessions/${of(name).id}/limits`, body);
    await limits('Reception', { window_ms: 60_000, window_limit: 24, daily_cap: 4_000, jitter_ms: 1_000 });
    await limits('Recalls', {
      window_ms: 60_000,
      window_limit: 12,
      daily_cap: 1_000,
      warm_up: [40, 80, 120, 200, 300, 450, 600, 800],
      send_window: { days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '23:59', exempt_classes: ['transactional', 'reply'] },
      time_zone: 'Europe/London',
    });
    await limits('Viewings', { window_ms: 60_000, window_limit: 30, daily_cap: 2_000 });
    await limits('Rent', { daily_cap: 20 });
    if (of('Repairs')) await ask(client, 'POST', `/sessions/${of('Repairs').id}/pause`);
    if (of('Hygiene')) await there('PATCH', `/sessions/${of('Hygiene').at}`, { status: 'logged_out' });
    if (client.name === 'Northgate Lettings')
      // Nothing listens there: an endpoint that fails.
      await ask(client, 'POST', '/callback-endpoints', {
        name: 'Booking system',
        url: 'http://127.0.0.1:8443/hooks',
        types: ['message.failed'],
      });
  }

  async function faults() {
    for (const { numbers } of clients)
      for (const { name, at } of numbers)
        if (name === 'Viewings') {
          await there('POST', '/faults', { kind: 'refuse-422', sessionId: at, rate: 0.4 });
          await there('POST', '/faults', { kind: 'accept-cut', sessionId: at, rate: 0.1 });
        }
  }

  async function move() {
    const at = Math.floor(Math.random() * clients.length);
    const client = clients[at];
    const number = pick(client.numbers);
    const person = Math.floor(Math.random() * names.length);
    const phone = phoneOf(at, person);
    await ask(client, 'POST', '/messages', {
      to: phone,
      type: 'text',
      text: `${names[person].split(' ')[0]}, ${pick(texts[client.name] ?? texts['Demo agency'])} (${String(++sent).padStart(4, '0')})`,
      class: pick(['transactional', 'reply']),
      session_id: number.id,
      tags: ['demo'],
    });
    if (Math.random() < 0.3)
      await there('POST', `/inject/${number.at}/inbound`, { from: phone.slice(1), text: pick(answers), pushName: names[person] });
  }

  async function turn() {
    try {
      await move();
    } catch (error) {
      if (!ended) onFault(error);
      return;
    }
    if (!ended) timer = setTimeout(turn, everyMs * (Date.now() - startedAt < quickForMs ? 1 : slowFactor)).unref();
  }

  void (async () => {
    try {
      for (const client of clients) if (client.isNew) await furnish(client);
      await faults();
    } catch (error) {
      if (!ended) onFault(error);
      return;
    }
    await turn();
  })();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

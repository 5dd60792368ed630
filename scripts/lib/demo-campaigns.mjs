// Contacts, templates and campaigns of the demo of `npm start`: one that is finished soon, one that runs for some hours, one that is scheduled.
// Everything is made over the API, as anybody could, once. People are at +44 1632 960, numbers that are kept for fiction.
const atOnce = 8;
const people = 240;
const firstNames = ['Priya', 'Tom', 'Rosa', 'Amir', 'Lena', 'Joe', 'Mia', 'Ben', 'Ana', 'Sam', 'Ines', 'Kofi', 'Yara', 'Noah', 'Elif'];
const lastNames = [
  'Shah',
  'Reed',
  'Delaney',
  'Khan',
  'Vogt',
  'Adams',
  'Clarke',
  'Osei',
  'Costa',
  'Hill',
  'Prieto',
  'Mensah',
  'Haddad',
  'Berg',
];
/** Every so many contacts never agreed to marketing. */
const withoutConsent = 12;

/**
 * @param demo api (URL), apiKey, numbers (ids of sessions)
 * @returns whether campaigns were made; false: the tenant has some already
 */
export async function makeCampaigns({ api, apiKey, numbers }) {
  const call = async (method, path, body) => {
    const answer = await fetch(`${api}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  if ((await call('GET', '/campaigns?limit=1')).data.length > 0 || numbers.length === 0) return false;

  const ids = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let i = next++; i < people; i = next++) {
        const name = `${firstNames[i % firstNames.length]} ${lastNames[i % lastNames.length]}`;
        const { id } = await call('PUT', '/contacts', {
          addresses: [`+441632960${400 + i}`],
          external_id: `demo-${i}`,
          name,
          attributes: { plan: i % 3 === 0 ? 'pro' : 'free', city: ['London', 'Leeds', 'Bristol'][i % 3] },
          tags: i % 3 === 0 ? ['customer', 'pro'] : ['customer'],
        });
        if (i % withoutConsent !== 0) await call('POST', `/contacts/${id}/consents`, { action: 'opt_in', source: 'demo' });
        ids[i] = id;
      }
    }),
  );
  const listOf = async (name, description, members) => {
    const list = await call('POST', '/contact-lists', { name, description });
    await call('POST', `/contact-lists/${list.id}/members`, { ids: members });
    return list.id;
  };
  const everybody = await listOf('Customers', 'All customers of the demo.', ids);
  const few = await listOf('Early access', 'Customers who asked to hear first.', ids.slice(0, 60));
  const sale = await call('POST', '/templates', {
    name: 'Autumn sale',
    content: {
      type: 'text',
      text: 'Hello {{ contact.first_name | default: "there" }}, 20 % off everything until Sunday. Reply STOP to hear no more.',
    },
  });
  const news = await call('POST', '/templates', {
    name: 'New in your city',
    content: {
      type: 'text',
      text: 'Good news, {{ contact.first_name | default: "there" }}: we have opened in {{ contact.city | default: "your city" }}. Come by this week!',
    },
  });
  const campaign = async (name, list, template, over = {}) =>
    call('POST', '/campaigns', {
      name,
      audience: { include: [{ kind: 'list', id: list }] },
      message: { template_id: template.id },
      numbers: { session_ids: numbers },
      ...over,
    });
  const launch = ({ id }) => call('POST', `/campaigns/${id}/launch`, {});

  await launch(await campaign('Early access', few, sale));
  await launch(
    await campaign('Autumn sale', everybody, sale, {
      audience: { include: [{ kind: 'list', id: everybody }], exclude: [{ kind: 'list', id: few }] },
      pace: { window_ms: 60_000, window_limit: 1 },
    }),
  );
  const at = new Date(Date.now() + 24 * 3_600_000);
  at.setUTCMinutes(0, 0, 0);
  await launch(
    await campaign('New in your city', everybody, news, {
      schedule: {
        start: 'at',
        at: at.toISOString(),
        time_zone: 'Europe/London',
        windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '20:00' }],
      },
    }),
  );
  return true;
}

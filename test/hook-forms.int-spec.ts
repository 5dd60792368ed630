import { WasenderProvider } from '@heliograph/providers';
import { formChoices, wordChoices } from '../apps/simulator/src/settings';
import { type ReceivedHook, Rig } from '../apps/simulator/test/rig';

const provider = new WasenderProvider({
  WASENDER_BASE_URL: 'http://127.0.0.1:9/api',
  WASENDER_CONNECTIONS: 1,
  WASENDER_SEND_TIMEOUT_MS: 1_000,
  WASENDER_CONNECT_TIMEOUT_MS: 1_000,
});
afterAll(() => provider.close());

/** All that the product reads from hooks, without what a form may well leave out. */
function meaning(hooks: ReceivedHook[]): string[] {
  const facts = hooks
    .flatMap(({ text }) => {
      const hook = provider.parseHook(text);
      if (hook.kind === 'malformed') throw new Error(`Not understood: ${text}`);
      return hook.kind === 'facts' ? hook.facts : [];
    })
    .filter(({ type }) => type !== 'lid_pair')
    .map((fact) =>
      JSON.stringify([
        'type' in fact && fact.type,
        'keyId' in fact && fact.keyId,
        'status' in fact && fact.status,
        'text' in fact && fact.text,
      ]),
    )
    .sort();
  return [...new Set(facts)]; // the same twice has the effect of once
}

/** The same events on a simulator of the same seed, in one form. */
async function receive(settings: object): Promise<string[]> {
  const rig = await Rig.start({ seed: 7, settings });
  try {
    const { id } = rig.session();
    await rig.send({ to: '+447700900101', text: 'Hello' });
    await rig.hooks('messages.update', 3);
    await rig.hooks('message.sent');
    await rig.hooks('messages.upsert');
    await rig.control('POST', `/inject/${id}/inbound`, {
      from: '447700900101',
      text: 'Yes',
      events: ['messages.received', 'messages.upsert'],
    });
    await rig.control('POST', `/inject/${id}/event`, { event: 'message-receipt.update', keyId: '3EB0' });
    await rig.control('POST', `/inject/${id}/event`, { event: 'messages.reaction', keyId: '3EB0' });
    await rig.control('PATCH', `/sessions/${id}`, { status: 'logged_out' });
    await rig.hooks('session.status');
    await rig.hooks('messages.upsert', 2);
    await rig.hooks('messages.reaction');
    await rig.hooks('message-receipt.update');
    return meaning(rig.received);
  } finally {
    await rig.stop();
  }
}

describe('a hook means the same in every form', () => {
  const forms = Object.entries(formChoices).flatMap(([name, [, ...others]]) => others.map((form) => ({ forms: { [name]: form } })));
  const words = (['msgIdIn', 'echoAddress'] as const).flatMap((name) => wordChoices[name].slice(1).map((word) => ({ [name]: word })));
  let docs: string[];
  beforeAll(async () => {
    docs = await receive({});
    expect(docs.length).toBeGreaterThan(6);
  });

  it.each([...forms, ...words].map((settings) => [JSON.stringify(settings), settings] as const))('%s', async (_name, settings) => {
    expect(await receive(settings)).toEqual(docs);
  });
});

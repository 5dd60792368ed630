import { AppError, Metrics } from '@heliograph/kernel';
import { processLoops } from '@heliograph/kernel/testing';
import type { BulkMessageBody, MessageIntake, MessageReader } from '@heliograph/messaging';
import type { KnownTenants } from '@heliograph/tenants';
import type { EventIntake } from '../events/event-intake';
import { BrokerIntake } from './broker-intake';
import type { BrokerPoison } from './broker-poison.repository';
import type { BrokerMessage } from './ingest-source';

const tenantId = '018f6d2e-7c1a-7000-8000-0123456789ab';

/** An intake with a scripted store; `stored` and `kept` record its calls. */
function setup(accept: (text: string) => Promise<{ replayed: boolean }> = () => Promise.resolve({ replayed: false }), suspended = false) {
  const stored: string[] = [];
  const kept: string[] = [];
  const tenants = { find: () => Promise.resolve({ id: tenantId, suspended }) };
  const reader = { read: (_: unknown, body: BulkMessageBody) => ({ ok: true, draft: body }) };
  const messages = {
    accept: async (_: string, { text }: { text: string }) => {
      const answer = await accept(text);
      stored.push(text);
      return answer;
    },
  };
  const keep = ({ naturalKey }: { naturalKey: string }) => {
    kept.push(naturalKey);
    return Promise.resolve();
  };
  const poison = { keep, setAside: keep };
  const events = { accept: () => Promise.reject(new Error('no event is expected')) };
  const intake = new BrokerIntake(
    tenants as unknown as KnownTenants,
    reader as unknown as MessageReader,
    messages as unknown as MessageIntake,
    poison as unknown as BrokerPoison,
    events as unknown as EventIntake,
    processLoops().loops,
    new Metrics(),
  );
  return { intake, stored, kept };
}

const source = { name: 'orders', tenantId };
const live = new AbortController().signal;
const aMessage = (text: string, group?: string): BrokerMessage => ({
  naturalKey: text,
  contentType: null,
  headers: {},
  body: Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      type: 'message.send',
      source: '/shop',
      id: text,
      data: { to: '+447700900101', type: 'text', text },
    }),
  ),
  ...(group && { group }),
});
const poisoned = (name: string, group: string): BrokerMessage => ({ ...aMessage(name, group), body: Buffer.from('{') });
const outcomes = (settlements: { outcome: string }[]) => settlements.map(({ outcome }) => outcome);

describe('BrokerIntake', () => {
  it('keeps the rest of a group with the broker where poison stays with it', async () => {
    const { intake, stored, kept } = setup();
    const batch = [aMessage('a1', 'a'), poisoned('a2', 'a'), aMessage('a3', 'a'), aMessage('b1', 'b'), aMessage('c1')];
    const settlements = await intake.take({ ...source, keepsPoison: true }, batch, live);
    expect(outcomes(settlements)).toEqual(['stored', 'poison', 'untouched', 'stored', 'stored']);
    expect([stored.toSorted(), kept]).toEqual([['a1', 'b1', 'c1'], ['a2']]);
  });

  it('continues after poison that is moved away', async () => {
    const { intake } = setup();
    const settlements = await intake.take(source, [poisoned('a1', 'a'), aMessage('a2', 'a')], live);
    expect(outcomes(settlements)).toEqual(['poison', 'stored']);
  });

  it.each([
    ['storage is not available', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    ['a service is not available', new AppError('unavailable', 'storage_unavailable', 'Later.')],
    ['the first request with its key is running', new AppError('conflict', 'request_in_progress', 'Still running.')],
  ])('treats no message as poison while %s, and holds its group', async (_, error) => {
    let failures = 1;
    const { intake, stored, kept } = setup((text) =>
      text === 'a1' && failures-- > 0 ? Promise.reject(error) : Promise.resolve({ replayed: false }),
    );
    const settlements = await intake.take(source, [aMessage('a1', 'a'), aMessage('a2', 'a')], live);
    expect([outcomes(settlements), stored, kept]).toEqual([['stored', 'stored'], ['a1', 'a2'], []]);
  });

  it('sets each message of a suspended tenant aside, even if only headers differ', async () => {
    const { intake, kept } = setup(undefined, true);
    const binary = (id: string, delivery: string): BrokerMessage => ({
      naturalKey: null,
      contentType: 'application/json',
      headers: {
        'cloudevents:specversion': '1.0',
        'cloudevents:id': id,
        'cloudevents:type': 'message.send',
        'cloudevents:source': '/shop',
        'cloudevents:heliographtenant': tenantId,
        'x-delivery-count': delivery,
      },
      body: Buffer.from('{"to":"+447700900101","type":"text","text":"Your order is ready."}'),
    });
    const settlements = await intake.take({ name: 'orders' }, [binary('1', '0'), binary('2', '0'), binary('1', '1')], live);
    expect(outcomes(settlements)).toEqual(['set_aside', 'set_aside', 'set_aside']);
    expect(kept[0]).toBe(kept[2]);
    expect(kept[0]).not.toBe(kept[1]);
  });

  it('refuses an unreadable message of a suspended tenant at once', async () => {
    const { intake } = setup(undefined, true);
    const headers = {
      'cloudevents:specversion': '1.0',
      'cloudevents:type': 'message.send',
      'cloudevents:source': '/shop',
      'cloudevents:heliographtenant': tenantId,
    };
    const message = { naturalKey: '1', contentType: 'application/json', headers, body: Buffer.from('"José"', 'latin1') };
    expect(await intake.take({ name: 'orders' }, [message], live)).toMatchObject([{ outcome: 'poison', reason: 'invalid_json' }]);
  });

  it.each([
    ['causes an error in the code', new TypeError('groupBy is not a function')],
    ['is refused by the database', Object.assign(new Error('invalid byte sequence'), { code: '22021' })],
    ['exceeds the size of an index row', Object.assign(new Error('index row size exceeds maximum'), { code: '54000' })],
  ])('moves a message that %s away, and stores its neighbours, also of other tenants', async (_, error) => {
    const { intake, stored, kept } = setup((text) => (text === 'a1' ? Promise.reject(error) : Promise.resolve({ replayed: false })));
    const settlements = await intake.take(source, [aMessage('a1', 'a'), aMessage('a2', 'a'), aMessage('b1')], live);
    expect([outcomes(settlements), stored.toSorted(), kept]).toEqual([['poison', 'stored', 'stored'], ['a2', 'b1'], ['a1']]);
  });

  it('settles nothing after its source stopped', async () => {
    const stop = new AbortController();
    const { intake } = setup(() => {
      stop.abort();
      return Promise.reject(new Error('connect ECONNREFUSED'));
    });
    await expect(intake.take(source, [aMessage('a1')], stop.signal)).rejects.toThrow();
  });
});

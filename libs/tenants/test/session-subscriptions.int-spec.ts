import { createTestDatabase, keyActor, moveClock } from '@heliograph/kernel/testing';
import { essentialHookEvents, hookEvents } from '../src/sessions/hook-token';
import { aRingKey, FakeProvider, startTenantsProcess, type TenantsProcess } from '../testing';

const desk = keyActor('desk');
const hourMs = 3_600_000;

describe('the events of a session’s webhook', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let provider: FakeProvider;
  let p: TenantsProcess;

  beforeEach(async () => {
    database = await createTestDatabase();
    provider = new FakeProvider();
    p = await startTenantsProcess({ url: database.url, provider, keyring: aRingKey() });
  });
  afterEach(async () => {
    await p.stop();
    await database.drop();
  });

  const tenants: Record<string, string> = {};
  const aSession = async () => {
    const { id: tenantId } = await p.tenants.create({ name: 'Agency', defaultCountry: 'GB' });
    const { id: accountId } = await p.accounts.create(tenantId, { name: 'Main', accessToken: provider.addAccount() });
    const { session } = await p.sessions.create(tenantId, desk, { accountId, name: 'Front desk', phone: '+447700900001' });
    tenants[session.id] = tenantId;
    return { id: session.id, there: provider.sessions.get(session.providerSessionId as string)! };
  };
  /** Makes the sessions look as a version left them that subscribed to fewer events. */
  const age = async (...sessions: Awaited<ReturnType<typeof aSession>>[]) => {
    await p.db.query(`UPDATE sessions SET hook_events = NULL, hook_events_try_at = '-infinity'`);
    for (const { there } of sessions) there.settings.webhookEvents = [...essentialHookEvents];
  };
  const subscribeAll = async () => {
    let turns = 1;
    while (await p.subscriber.subscribeOne()) turns++;
    return turns;
  };

  it('are all that hooks are parsed for, and are renewed for sessions of an earlier version, each once', async () => {
    const [one, two] = [await aSession(), await aSession()];
    expect(one.there.settings.webhookEvents).toEqual(hookEvents);
    expect(await subscribeAll()).toBe(1);

    await age(one, two);
    one.there.settings.webhookUrl = 'https://proxy.example.com/own';
    provider.calls.length = 0;
    expect(await subscribeAll()).toBe(3);
    expect([one, two].map(({ there }) => there.settings.webhookEvents)).toEqual([hookEvents, hookEvents]);
    expect(one.there.settings.webhookUrl).toBe('https://proxy.example.com/own');
    expect(await subscribeAll()).toBe(1);
    expect(provider.calls).toEqual(['updateSession', 'updateSession']);
  });

  it('are the essential ones where the provider refuses the others, which it is asked for a week later', async () => {
    provider.failNext('updateSession', 'refused');
    const { id, there } = await aSession();
    expect(there.settings).toMatchObject({ webhookEvents: essentialHookEvents, webhookEnabled: true });
    expect(await p.sessions.get(tenants[id] as string, id)).toMatchObject({ status: 'disconnected' });
    await moveClock(p.db, 6 * 24 * hourMs);
    await subscribeAll();
    expect(there.settings.webhookEvents).toEqual(essentialHookEvents);
    await moveClock(p.db, 7 * 24 * hourMs + 1_000);
    await subscribeAll();
    expect(there.settings.webhookEvents).toEqual(hookEvents);
  });

  it('wait while the provider cannot be reached, and those of other accounts do not wait for a refused token', async () => {
    const sessions = [await aSession(), await aSession()];
    await age(...sessions);
    provider.failNext('updateSession', 'unavailable');
    expect(await p.subscriber.subscribeOne()).toBe(false);
    expect(await subscribeAll()).toBe(2);
    await moveClock(p.db, 6 * hourMs + 1_000);
    await subscribeAll();
    expect(sessions.map(({ there }) => there.settings.webhookEvents)).toEqual([hookEvents, hookEvents]);

    await age(...sessions);
    provider.failNext('updateSession', 'unauthorised');
    expect(await subscribeAll()).toBe(3);
    expect(sessions.filter(({ there }) => there.settings.webhookEvents?.length === hookEvents.length)).toHaveLength(1);
  });
});

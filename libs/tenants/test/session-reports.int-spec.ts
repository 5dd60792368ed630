import { Logger } from '@nestjs/common';
import { type AppError, newId, systemActor } from '@heliograph/kernel';
import { createTestDatabase, keyActor, moveClock, processLoops, until } from '@heliograph/kernel/testing';
import { WasenderProvider } from '@heliograph/providers';
import type { SessionCheck } from '../src/sessions/session-check';
import { SessionPoller } from '../src/sessions/session-poller';
import type { TenantsConfig } from '../src/tenants.config';
import { sessionStatuses } from '../src';
import { canMove, type StatusSource } from '../src/sessions/session-status';
import { aRingKey, FakeProvider, type FakeSession, startTenantsProcess, type TenantsProcess } from '../testing';

const desk = keyActor('desk');
describe('a report about a session', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let provider: FakeProvider;
  let p: TenantsProcess;
  let tenantId: string;
  const keyring = aRingKey();
  const opened: string[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    provider = new FakeProvider();
    p = await startTenantsProcess({ url: database.url, provider, keyring });
    p.openings.subscribe((_, sessionId) => opened.push(sessionId));
    ({ id: tenantId } = await p.tenants.create({ name: 'Agency', defaultCountry: 'GB' }));
  });
  afterAll(async () => {
    await p.stop();
    await database.drop();
  });
  beforeEach(async () => {
    await moveClock(p.db, 0);
    // Only the sessions of this test are checked.
    await p.db.query(`UPDATE sessions SET next_check_at = 'infinity'`);
  });

  async function aSession(over: Partial<FakeSession> = {}) {
    const there = provider.addSession(over);
    const { session } = await p.sessions.register(tenantId, desk, { apiKey: there.apiKey, webhookSecret: 's' });
    opened.length = 0;
    return { id: session.id, there };
  }
  const get = (id: string) => p.sessions.get(tenantId, id);
  const history = async (id: string) => (await p.sessions.events(tenantId, id, { limit: 500 })).rows.reverse();
  const now = async () => (await p.db.query<{ now: string }>('SELECT heliograph_now()::text AS now'))[0]?.now as string;
  const reason = (error: AppError) => error.reason;

  describe('of its status', () => {
    it('is accepted in every spelling of the provider, which the history of each change contains', async () => {
      const adapter = new WasenderProvider({
        WASENDER_BASE_URL: 'http://127.0.0.1:1',
        WASENDER_CONNECTIONS: 1,
        WASENDER_SEND_TIMEOUT_MS: 1_000,
        WASENDER_CONNECT_TIMEOUT_MS: 100,
      });
      const spelt = [
        ['CONNECTING', 'connecting'],
        ['NEED_SCAN', 'need_scan'],
        ['connecting', 'connecting'],
        ['need scan', 'need_scan'],
        ['Need-Passkey', 'need_passkey'],
        ['logged out', 'logged_out'],
        ['LOGGED_OUT ', null],
        ['expired', 'expired'],
        ['Disconnected', 'disconnected'],
        ['disconnected', null],
        ['connected', 'connected'],
        ['CONNECTED', null],
        ['error', 'unknown'],
        ['Gesperrt 🔒', null],
        ['need_scan', 'need_scan'],
      ] as const;
      const { id } = await aSession();
      const before = (await history(id)).length;
      let from = 'connected';

      for (const [raw, becomes] of spelt) {
        const hook = adapter.parseHook(JSON.stringify({ event: 'session.status', data: { status: raw } }));
        const fact = hook.kind === 'facts' ? hook.facts[0] : undefined;
        if (fact?.type !== 'session_status') throw new Error(`${raw} was not parsed`);
        // A hook never opens a session.
        const moved = await p.reports.reportStatus(id, fact, becomes === 'connected' ? 'poll' : 'hook');
        expect({ raw, moved, status: (await get(id)).status }).toEqual({ raw, moved: becomes !== null, status: becomes ?? from });
        from = becomes ?? from;
      }

      const steps = spelt.filter(([, becomes]) => becomes !== null);
      const written = (await history(id)).slice(before);
      expect(written.map((e) => [e.rawStatus, e.toStatus, e.source])).toEqual(
        steps.map(([raw, to]) => [raw, to, to === 'connected' ? 'poll' : 'hook']),
      );
      written.forEach((e, i) => expect(e.fromStatus).toBe(i === 0 ? 'connected' : written[i - 1]?.toStatus));
      await adapter.close();
    });

    it('moves it along the transition table and by the source’s authority, for every pair and source', async () => {
      const { id } = await aSession();
      const reported = sessionStatuses.filter((status) => status !== 'new');
      for (const from of sessionStatuses) {
        for (const to of reported) {
          for (const source of ['hook', 'poll', 'api', 'send', 'system'] as const satisfies StatusSource[]) {
            await p.db.query('UPDATE sessions SET status = $2 WHERE id = $1', [id, from]);
            const moved = await p.reports.reportStatus(id, { status: to }, source);
            if (moved !== canMove(from, to, source)) throw new Error(`${from} -> ${to} by ${source}: ${String(moved)}`);
          }
        }
      }
    });

    it('notifies this process of an opening exactly when it becomes connected and nothing holds it', async () => {
      const { id } = await aSession();
      await p.reports.reportDown(id, 'the provider says it is not connected');
      expect([(await get(id)).status, opened]).toEqual(['disconnected', []]);
      await p.reports.reportStatus(id, { status: 'connected' }, 'hook');
      expect(opened).toEqual([]);
      await p.poller.pollDue();
      await p.poller.pollDue();
      expect(opened).toEqual([id]);

      await p.sessions.pause(tenantId, desk, id);
      await p.reports.reportDown(id, 'again');
      await p.reports.reportStatus(id, { status: 'connected' }, 'poll');
      expect([(await get(id)).status, opened]).toEqual(['connected', [id]]);
    });

    it('notifies other processes of a change', async () => {
      const { id } = await aSession();
      const notified: string[] = [];
      const end = p.feed.onChange('sessions', (changed) => notified.push(changed));
      await p.reports.reportDown(id, 'gone');
      await until(() => notified.includes(id));
      end();
    });

    it('is void when its question was asked before the last change, or it is about a replaced key', async () => {
      const { id, there } = await aSession();
      const asked = await now();
      await p.reports.reportStatus(id, { status: 'logged_out' }, 'hook');
      expect((await history(id)).at(-1)).toMatchObject({ source: 'hook', actor: systemActor('hooks') });
      expect(await p.reports.reportStatus(id, { status: 'connected' }, 'poll', { asOf: asked })).toBe(false);

      const used = there.apiKey;
      there.apiKey = `renewed-${used}`;
      await p.sessions.update(tenantId, desk, id, { apiKey: there.apiKey });
      expect(await p.reports.reportUnauthorised(id, 'key revoked', used)).toBe(false);
      expect((await get(id)).status).toBe('connected');
      expect(await p.reports.reportUnauthorised(id, 'key revoked', there.apiKey)).toBe(true);
      expect((await history(id)).at(-1)).toMatchObject({ toStatus: 'unauthorised', source: 'send', reason: 'key revoked' });
    });

    it('leads to a check when a hook reports what hooks are not trusted with', async () => {
      const { id } = await aSession({ status: 'need_scan' });
      await p.db.query(`UPDATE sessions SET next_check_at = 'infinity', status_checked_at = NULL WHERE id = $1`, [id]);
      expect(await p.reports.reportStatus(id, { status: 'connected' }, 'hook')).toBe(false);
      expect(await p.poller.pollDue()).toBe(1);
    });

    it('leads to a check for every hook, also one that reports nothing new', async () => {
      const { id, there } = await aSession();
      await p.db.query(`UPDATE sessions SET next_check_at = 'infinity', status_checked_at = NULL WHERE id = $1`, [id]);
      there.phone = '+447700900055';
      expect(await p.reports.reportStatus(id, { status: 'connected' }, 'hook')).toBe(false);
      expect(await p.poller.pollDue()).toBe(1);
      expect(await get(id)).toMatchObject({ heldReason: 'phone_changed' });
    });

    it('changes nothing of a session that was deleted or never existed', async () => {
      const { id } = await aSession();
      await p.sessions.delete(tenantId, desk, id);
      expect(await p.reports.reportStatus(id, { status: 'connected' }, 'poll')).toBe(false);
      expect(await p.reports.reportPhone(id, '+447700900099', 'poll')).toBe(false);
      expect(await p.reports.reportStatus(newId(), { status: 'connected' }, 'poll')).toBe(false);
    });
  });

  describe('of its phone', () => {
    it('holds it when another number is linked, until a person confirms that very number', async () => {
      const { id, there } = await aSession();
      const first = there.phone as string;
      there.phone = '+447700900077';

      const held = await p.sessions.sync(tenantId, desk, id);
      expect(held).toMatchObject({ status: 'connected', heldReason: 'phone_changed', phone: '+447700900077', confirmedPhone: first });
      await p.reports.reportDown(id, 'blink');
      await p.sessions.sync(tenantId, desk, id);
      expect(opened).toEqual([]);
      await aSession();
      expect((await p.routing.dryRun(tenantId, { to: '+447700900123' })).candidates.find((c) => c.sessionId === id)?.why).toMatch(
        /not connected, or held/,
      );

      expect(await p.sessions.confirmPhone(tenantId, desk, id, first).catch(reason)).toBe('other_phone');
      expect(await p.sessions.confirmPhone(tenantId, desk, id, '+447700900077')).toMatchObject({
        heldReason: null,
        confirmedPhone: '+447700900077',
      });
      expect((await history(id)).map((e) => e.reason).filter(Boolean)).toEqual(['phone_changed', 'blink', 'phone_confirmed']);
    });

    it('releases it when the first number returns', async () => {
      const { id, there } = await aSession();
      expect(await p.reports.reportPhone(id, '+447700900066', 'poll')).toBe(true);
      expect(await p.reports.reportPhone(id, '+447700900066', 'poll')).toBe(false);
      expect(await p.reports.reportPhone(id, there.phone as string, 'poll')).toBe(false);

      expect(await get(id)).toMatchObject({ heldReason: null });
      expect(opened).toEqual([id]);
      expect((await history(id)).map((e) => e.reason).filter(Boolean)).toEqual(['phone_changed', 'phone_restored']);
    });

    it('is read before a newly linked session is opened', async () => {
      const { id, there } = await aSession({ status: 'logged_out' });
      there.status = 'connected';
      provider.failNext('sessionIdentity', 'unavailable');
      expect(await p.sessions.sync(tenantId, desk, id)).toMatchObject({ status: 'logged_out' });
      expect(await p.sessions.sync(tenantId, desk, id)).toMatchObject({ status: 'connected', phone: there.phone });
    });
  });

  describe('while it sends', () => {
    it('comes every 10 s from one list of its account, and holds it when another phone is linked', async () => {
      const accessToken = provider.addAccount();
      const account = await p.accounts.create(tenantId, { name: 'Main', accessToken });
      const there = [provider.addSession({ accessToken }), provider.addSession({ accessToken })];
      const ids: string[] = [];
      for (const one of there) {
        const { session } = await p.sessions.register(tenantId, desk, {
          apiKey: one.apiKey,
          accountId: account.id,
          providerSessionId: one.id,
        });
        ids.push(session.id);
      }
      await p.db.query(
        `UPDATE sessions SET next_check_at = 'infinity', status_checked_at = heliograph_now() - interval '11 s' WHERE id = ANY ($1)`,
        [ids],
      );
      expect(await p.poller.watchSending()).toBe(0);
      await p.db.query(
        `INSERT INTO lanes (session_id, tenant_id, next_due_at) SELECT id, $2, heliograph_now() FROM unnest($1::uuid[]) AS s(id)
        ON CONFLICT (session_id) DO UPDATE SET next_due_at = excluded.next_due_at`,
        [ids, tenantId],
      );
      (there[1] as FakeSession).phone = '+447700900044';
      provider.calls.length = 0;
      expect(await p.poller.watchSending()).toBe(2);
      expect(provider.calls).toEqual(['listSessions', 'sessionStatus', 'sessionIdentity']);
      expect(await get(ids[0] as string)).toMatchObject({ heldReason: null });
      expect(await get(ids[1] as string)).toMatchObject({ heldReason: 'phone_changed' });
      expect(await p.poller.watchSending()).toBe(0);
      await p.db.query(`DELETE FROM lanes WHERE session_id = ANY ($1)`, [ids]);
    });

    it('comes for the sessions of every other account while the provider answers nothing about one', async () => {
      const [hanging, answering] = [await aSession(), await aSession()].map(({ id }) => id) as [string, string];
      const asked: string[] = [];
      const hung = Promise.withResolvers<string[]>();
      const checks = {
        differing: ([id = '']: string[]) => {
          asked.push(id);
          return id === hanging ? hung.promise : Promise.resolve([]);
        },
      } as unknown as SessionCheck;
      const { loops, drain } = processLoops();
      await p.db.query(
        `UPDATE sessions SET next_check_at = 'infinity', status_checked_at = heliograph_now() - interval '11 s' WHERE id = ANY ($1)`,
        [[hanging, answering]],
      );
      await p.db.query(
        `INSERT INTO lanes (session_id, tenant_id, next_due_at) SELECT id, $2, heliograph_now() FROM unnest($1::uuid[]) AS s(id)
         ON CONFLICT (session_id) DO UPDATE SET next_due_at = excluded.next_due_at`,
        [[hanging, answering], tenantId],
      );
      new SessionPoller(p.db, checks, { SESSION_CHECKS_PER_SECOND: 20 } as TenantsConfig, loops).onApplicationBootstrap();
      await until(() => asked.length === 2);
      await moveClock(p.db, 20_000);
      await until(() => asked.length > 2);
      expect(asked.filter((id) => id === hanging)).toHaveLength(1);
      // What ends only after the turn is still reported.
      const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
      hung.reject(new Error('The list cannot be read.'));
      await until(() => warned.mock.calls.length > 0);
      expect(warned).toHaveBeenCalledWith(
        expect.objectContaining({ event: 'loop.failed', loop: 'session_watch_account', error: 'The list cannot be read.' }),
      );
      warned.mockRestore();
      await drain();
      await p.db.query(`DELETE FROM lanes WHERE tenant_id = $1`, [tenantId]);
    });

    it('holds it before a key of another phone is used', async () => {
      const { id } = await aSession();
      const foreign = provider.addSession();
      expect(await p.sessions.update(tenantId, desk, id, { apiKey: foreign.apiKey })).toMatchObject({ heldReason: 'phone_changed' });
    });

    it('holds it by the number of a hook, and only a check releases it', async () => {
      const { id, there } = await aSession();
      expect(await p.reports.reportPhone(id, '+447700900033', 'hook')).toBe(true);
      await p.reports.reportPhone(id, there.phone as string, 'hook');
      expect(await get(id)).toMatchObject({ heldReason: 'phone_changed' });
      expect(await p.sessions.sync(tenantId, desk, id)).toMatchObject({ heldReason: null });
    });
  });

  describe('by people', () => {
    it('pauses it once and resumes it once, however often they are repeated', async () => {
      const { id } = await aSession();
      for (let i = 0; i < 2; i++)
        expect(await p.sessions.pause(tenantId, desk, id)).toMatchObject({ status: 'connected', heldReason: 'paused' });
      for (let i = 0; i < 2; i++) expect(await p.sessions.resume(tenantId, desk, id)).toMatchObject({ heldReason: null });
      expect((await history(id)).map((e) => e.reason).filter(Boolean)).toEqual(['paused', 'resumed']);
    });
  });

  describe('by checks', () => {
    it('asks the provider once when two processes are due at the same time', async () => {
      const other = await startTenantsProcess({ url: database.url, provider, keyring });
      const ids = [];
      for (let i = 0; i < 6; i++) ids.push((await aSession()).id);
      await p.db.query(`UPDATE sessions SET next_check_at = heliograph_now() - interval '1 s' WHERE id = ANY($1)`, [ids]);
      const begun = await Promise.all([p.poller.pollDue(), other.poller.pollDue()]);
      expect(begun[0] + begun[1]).toBe(6);
      await other.stop();
    });

    it('follows the provider’s answer, and changes nothing when the answer does not mention the session', async () => {
      const { id, there } = await aSession();
      const due = () => p.db.query(`UPDATE sessions SET next_check_at = heliograph_now() WHERE id = $1`, [id]);
      await due();
      there.status = 'logged_out';
      await p.poller.pollDue();
      expect(await get(id)).toMatchObject({ status: 'logged_out' });

      await due();
      there.status = 'connected';
      // Asked to wait for days, it waits an hour.
      provider.failNext('sessionStatus', 'throttled', 1e9);
      await p.poller.pollDue();
      expect(await get(id)).toMatchObject({ status: 'logged_out' });
      const [row] = await p.db.query<{ waits: boolean }>(
        `SELECT next_check_at BETWEEN heliograph_now() + interval '59 min' AND heliograph_now() + interval '1 hour' AS waits FROM sessions WHERE id = $1`,
        [id],
      );
      expect(row?.waits).toBe(true);

      await due();
      await p.poller.pollDue();
      expect(await get(id)).toMatchObject({ status: 'connected' });
    });

    it('keeps no pairing text that has expired, also where none can be fetched again', async () => {
      const { id } = await aSession({ status: 'need_scan' });
      await p.reports.reportStatus(id, { status: 'need_scan' }, 'hook');
      await p.reports.reportQr(id, '2@linkme');
      expect((await get(id)).qr).toBe('2@linkme');
      await moveClock(p.db, 120_000);
      await p.db.query(`UPDATE sessions SET next_check_at = heliograph_now() WHERE id = $1`, [id]);
      expect(await p.poller.pollDue()).toBe(1);
      expect(await get(id)).toMatchObject({ status: 'need_scan', qr: null });
    });

    it('detects a refused key, and the session works again with a new one', async () => {
      const { id, there } = await aSession();
      const key = there.apiKey;
      there.apiKey = `renewed-${key}`;
      expect(await p.sessions.sync(tenantId, desk, id)).toMatchObject({ status: 'unauthorised' });
      expect(await p.sessions.update(tenantId, desk, id, { apiKey: there.apiKey })).toMatchObject({ status: 'connected' });
    });
  });
});

import { randomBytes } from 'node:crypto';
import { IdempotencyKeys, newId, type RequestKey, requestHash, SealedSecrets, takeKeysSql } from '../src';
import { IdempotencyKeyPurge } from '../src/idempotency/idempotency-key-purge.repository';
import { moveClock, openTestDatabase, type TestDatabase, testPurges } from '../testing';

const hourMs = 3_600_000;

describe('idempotency keys', () => {
  let test: TestDatabase;
  let keys: IdempotencyKeys;

  beforeAll(async () => {
    test = await openTestDatabase();
    const secrets = new SealedSecrets({ KEYRING: `k1:${randomBytes(32).toString('base64')}` });
    keys = new IdempotencyKeys(test.db, secrets, { IDEMPOTENCY_TTL_HOURS: 72 });
  });
  afterAll(() => test.close());
  afterEach(() => moveClock(test.db, 0));

  const asked = (over: Partial<RequestKey> = {}): RequestKey => ({
    tenantId: newId(),
    key: 'order-1',
    requestHash: requestHash({ a: 1 }),
    ...over,
  });
  const storedOf = ({ tenantId }: RequestKey) =>
    test.db.query<{ response: string | null }>('SELECT response FROM idempotency_keys WHERE tenant_id = $1', [tenantId]);

  it('return a repeat the sealed answer of the first request, for 72 hours', async () => {
    const request = asked();
    expect(await keys.begin(request)).toBeNull();
    await keys.finish(request, { status: 201, body: { secret: 'hg_live_1' } });

    await moveClock(test.db, 72 * hourMs - 60_000);
    expect(await keys.begin(request)).toEqual({ status: 201, body: { secret: 'hg_live_1' } });
    expect((await storedOf(request))[0]?.response).not.toContain('hg_live_1');

    await moveClock(test.db, 72 * hourMs + 1_000);
    expect(await keys.begin(request)).toBeNull();
  });

  it('refuse another request, and accept it after they have expired', async () => {
    const request = asked();
    const other = { ...request, requestHash: requestHash({ a: 2 }) };
    await keys.begin(request);
    await expect(keys.begin(other)).rejects.toMatchObject({ code: 'unprocessable', reason: 'idempotency_key_reused' });
    await keys.finish(request, { status: 204, body: undefined });
    await expect(keys.begin(other)).rejects.toMatchObject({ reason: 'idempotency_key_reused' });

    await moveClock(test.db, 73 * hourMs);
    expect(await keys.begin(other)).toBeNull();
  });

  it('let one of many concurrent requests begin, and ask the others to retry', async () => {
    const request = asked();
    const begun = await Promise.allSettled(Array.from({ length: 8 }, () => keys.begin(request)));
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusals = begun.flatMap((one) => (one.status === 'rejected' ? [one.reason as { reason: string; details: object }] : []));
    for (const refusal of refusals)
      expect(refusal).toMatchObject({ code: 'conflict', reason: 'request_in_progress', details: { retryAfterSeconds: 1 } });
  });

  it('go to a repeat when the first request died, and to no other request', async () => {
    const request = asked();
    await keys.begin(request);
    await moveClock(test.db, 61_000);
    await expect(keys.begin({ ...request, requestHash: requestHash({ a: 2 }) })).rejects.toMatchObject({
      reason: 'idempotency_key_reused',
    });
    expect(await keys.begin(request)).toBeNull();
    await expect(keys.begin(request)).rejects.toMatchObject({ reason: 'request_in_progress' });
  });

  it('are free again after a request without effect, and stay after one that was answered', async () => {
    const request = asked();
    await keys.begin(request);
    await keys.release(request);
    expect(await keys.begin({ ...request, requestHash: requestHash({ a: 2 }) })).toBeNull();

    const answered = asked();
    await keys.begin(answered);
    await keys.finish(answered, { status: 200, body: {} });
    await keys.release(answered);
    expect(await keys.begin(answered)).toEqual({ status: 200, body: {} });
  });

  it('refer to a resource that is created with them, and are rolled back with its transaction', async () => {
    const request = asked();
    const [first, second] = [newId(), newId()];
    const undone = test.db.transaction(async (tx) => {
      expect(await keys.takeFor(tx, request, first)).toBeNull();
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await keys.takeFor(test.db, request, first)).toBeNull();
    expect(await keys.takeFor(test.db, request, second)).toBe(first);
    await expect(keys.takeFor(test.db, { ...request, requestHash: requestHash(2) }, second)).rejects.toMatchObject({
      reason: 'idempotency_key_reused',
    });

    // A key that belongs to another resource or another request stays.
    await keys.releaseFor(test.db, [
      { ...request, resourceId: second },
      { ...request, requestHash: requestHash(2), resourceId: first },
    ]);
    expect(await storedOf(request)).toHaveLength(1);
    await keys.releaseFor(test.db, [{ ...request, resourceId: first }]);
    expect(await storedOf(request)).toHaveLength(0);
  });

  it('are taken in bulk when they are new or expired', async () => {
    const tenantId = newId();
    const [held, over] = [asked({ tenantId, key: 'held' }), asked({ tenantId, key: 'over' })];
    await keys.takeFor(test.db, over, newId());
    await test.db.query(`UPDATE idempotency_keys SET expires_at = heliograph_now() WHERE tenant_id = $1`, [tenantId]);
    await keys.takeFor(test.db, held, newId());
    const ids = [newId(), newId(), newId()];
    const taken = await test.db.query<{ resource_id: string }>(
      takeKeysSql(`SELECT $1::uuid, w.key, ''::bytea, w.id, NULL::timestamptz, heliograph_now() + interval '1 hour'
        FROM unnest($2::text[], $3::uuid[]) AS w(key, id)`),
      [tenantId, ['held', 'over', 'new'], ids],
    );
    expect(taken.map((row) => row.resource_id).sort()).toEqual(ids.slice(1).sort());
  });

  it('are deleted in chunks after they have expired', async () => {
    await test.db.query('TRUNCATE idempotency_keys');
    await test.db.query(
      `INSERT INTO idempotency_keys (tenant_id, key, request_hash, expires_at)
       SELECT $1, n::text, '', heliograph_now() + CASE WHEN n <= 25 THEN -1 ELSE 1 END * interval '1 s' FROM generate_series(1, 27) n`,
      [newId()],
    );
    const { purges } = testPurges(test.db);
    new IdempotencyKeyPurge(purges);
    expect(await purges.purgeDue(10)).toEqual({ idempotency_keys: 25 });
    expect(await test.db.query('SELECT 1 FROM idempotency_keys')).toHaveLength(2);
  });
});

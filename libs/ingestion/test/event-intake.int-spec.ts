import { AppError, ChangeFeed, type Database, newId } from '@heliograph/kernel';
import { openTestDatabase } from '@heliograph/kernel/testing';
import { EventIntake } from '../src/events/event-intake';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let db: Database;
let tenantId: string;
beforeEach(async () => {
  database = await openTestDatabase();
  db = database.db;
  tenantId = newId();
  await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Test agency', 'GB')`, [tenantId]);
});
afterEach(() => database.close());

const event = (id: string, over: object = {}) => ({ name: 'ordered', id, subject: { phone: '+447700900101' }, ...over });

/** `stored`, or the reason of the refusal. */
const became = (accepted: Promise<unknown>) =>
  accepted.then(
    () => 'stored',
    (error: unknown) => (error instanceof AppError ? error.reason : 'failed'),
  );

describe('events stored in one batch', () => {
  it.each(['0000-01-01T00:00:00Z', '0000-12-31T23:59:59.999+00:00', '0001-01-01T00:00:00+10:00', '2026-02-30T00:00:00Z'])(
    'are stored beside one that happened at %s, which is refused',
    async (occurred_at) => {
      const intake = new EventIntake(db, new ChangeFeed({ DATABASE_URL: '' }));
      const given = [event('1'), event('2', { occurred_at }), event('3', { occurred_at: '0001-01-01T00:00:00Z' })];
      expect(await Promise.all(given.map((body) => became(intake.accept(tenantId, body, { source: 'api' }))))).toEqual([
        'stored',
        'invalid_body',
        'stored',
      ]);
    },
  );

  it('accept an offset that only JavaScript parses', async () => {
    const intake = new EventIntake(db, new ChangeFeed({ DATABASE_URL: '' }));
    await intake.accept(tenantId, event('1', { occurred_at: '2026-11-24T12:00:00+23:59' }), { source: 'api' });
    const [row] = await db.query<{ at: Date }>(`SELECT occurred_at AS at FROM events`);
    expect(row?.at).toEqual(new Date('2026-11-24T12:00:00+23:59'));
  });

  it('are stored beside one that the database refuses, which is a fault of that event', async () => {
    const intake = new EventIntake(db, new ChangeFeed({ DATABASE_URL: '' }));
    const given = [tenantId, 'not a uuid', tenantId].map((tenant, i) => intake.accept(tenant, event(String(i)), { source: 'api' }));
    expect(await Promise.all(given.map(became))).toEqual(['stored', 'value_not_storable', 'stored']);
  });
});

import type { Stage } from './stage';

/** Rows of a statement. */
const atOnce = 1_000;

/** Inserts bare rows into a table like `messages`. @returns rows a second */
export async function bareMessages({ db, lab }: Stage, count: number): Promise<number> {
  await db.query(`CREATE TABLE bench_rows (LIKE messages INCLUDING ALL)`);
  const startedAt = performance.now();
  for (let from = 0; from < count; from += atOnce)
    await db.query(
      `INSERT INTO bench_rows (tenant_id, id, session_id, created_at, due_at, expires_at, class, state, recipient, kind, body)
       SELECT $2, uuidv7(), $3, now(), now(), now(), 3, 'queued', r, 'text', '{"content":{"kind":"text","text":"Hello, your order is ready to be collected."}}' FROM unnest($1::text[]) r`,
      [Array.from({ length: atOnce }, (_, k) => `+44770${1_000_000 + from + k}`), lab.seed.tenantId, lab.seed.sessions[0]],
    );
  const rate = perSecond(count, startedAt);
  await db.query(`DROP TABLE bench_rows`);
  return rate;
}

/** Inserts bare contacts with an address, a consent and a row of a file each, into tables like those of contacts. @returns people a second */
export async function barePeople({ db, lab }: Stage, count: number, phoneOf: (i: number) => string): Promise<number> {
  const tables = ['contacts', 'contact_addresses', 'consents', 'contact_import_rows'];
  for (const table of tables) await db.query(`CREATE TABLE bench_${table} (LIKE ${table} INCLUDING ALL)`);
  const startedAt = performance.now();
  for (let from = 0; from < count; from += atOnce) {
    const places = Array.from({ length: Math.min(atOnce, count - from) }, (_, k) => from + k);
    await db.query(
      `WITH given AS MATERIALIZED (SELECT uuidv7() AS id, p.phone, p.place FROM unnest($2::text[], $3::int[]) AS p(phone, place)),
       people AS (INSERT INTO bench_contacts (tenant_id, id, name) SELECT $1, id, 'Person ' || place FROM given),
       addresses AS (INSERT INTO bench_contact_addresses (tenant_id, address, contact_id) SELECT $1, phone, id FROM given),
       agreed AS (INSERT INTO bench_consents (tenant_id, id, contact_id, address, purpose, action, source, actor)
         SELECT $1, uuidv7(), id, phone, 'marketing', 'opt_in', 'bench', 'bench' FROM given)
       INSERT INTO bench_contact_import_rows (tenant_id, import_id, contact_id, line, vars) SELECT $1, $1, id, place + 2, jsonb_build_object('place', place) FROM given`,
      [lab.seed.tenantId, places.map(phoneOf), places],
    );
  }
  const rate = perSecond(count, startedAt);
  await db.query(`DROP TABLE ${tables.map((table) => `bench_${table}`).join(', ')}`);
  return rate;
}

const perSecond = (count: number, startedAt: number): number => count / ((performance.now() - startedAt) / 1_000);

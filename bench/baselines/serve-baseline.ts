import Fastify from 'fastify';
import { Pool } from 'pg';
import { Folder } from '@heliograph/kernel';

/*
 * Baselines to compare with: `bare` answers 200 and does nothing; `durable` answers after its body is committed, folded
 * with those of other requests. `node serve-baseline.js <port> <kind> [postgres url]`
 */
const [port, kind, url] = process.argv.slice(2);

async function main(): Promise<void> {
  const app = Fastify();
  app.post('*', kind === 'durable' ? await durable() : () => ({ ok: true }));
  await app.listen({ port: Number(port), host: '127.0.0.1' });
  process.on('SIGTERM', () => process.exit(0));
}

async function durable(): Promise<(request: { body: unknown }) => Promise<{ ok: true }>> {
  const pool = new Pool({ connectionString: url, max: 4 });
  await pool.query(`CREATE TABLE IF NOT EXISTS bench_accept (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)`);
  const folder = new Folder<string, undefined>({
    maxBatch: 500,
    concurrency: 2,
    write: async (bodies) => {
      await pool.query({ name: 'accept', text: `INSERT INTO bench_accept (body) SELECT * FROM unnest($1::text[])`, values: [bodies] });
      return bodies.map(() => undefined);
    },
  });
  return async ({ body }) => {
    await folder.add(JSON.stringify(body));
    return { ok: true };
  };
}

void main();

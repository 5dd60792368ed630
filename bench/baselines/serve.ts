import Fastify from 'fastify';
import { Pool } from 'pg';

/*
 * What there is to compare with, as processes of their own: `bare` answers 200 and does nothing; `durable` answers after its body
 * is committed, folded with those of other requests. `node serve.js <kind> <port> [postgres url]`
 */
const [kind, port, url] = process.argv.slice(2);

async function main(): Promise<void> {
  const app = Fastify({ bodyLimit: 1_048_576 });
  if (kind === 'bare') {
    app.post('*', () => ({ ok: true }));
  } else {
    const pool = new Pool({ connectionString: url, max: 4 });
    await pool.query(`CREATE TABLE IF NOT EXISTS bench_accept (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)`);
    let waiting: { body: string; done: () => void; failed: (error: Error) => void }[] = [];
    let running = 0;
    const flush = (): void => {
      if (running >= 2 || waiting.length === 0) return;
      const batch = waiting;
      waiting = [];
      running++;
      pool
        .query({
          name: 'accept',
          text: `INSERT INTO bench_accept (body) SELECT * FROM unnest($1::text[])`,
          values: [batch.map((one) => one.body)],
        })
        .then(
          () => batch.forEach((one) => one.done()),
          (error: Error) => batch.forEach((one) => one.failed(error)),
        )
        .finally(() => {
          running--;
          flush();
        });
    };
    app.post('*', (request) => {
      const stored = new Promise<void>((done, failed) => waiting.push({ body: JSON.stringify(request.body), done, failed }));
      setImmediate(flush);
      return stored.then(() => ({ ok: true }));
    });
  }
  await app.listen({ port: Number(port), host: '127.0.0.1' });
  process.on('SIGTERM', () => process.exit(0));
}

void main();

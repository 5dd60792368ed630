import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { newId, systemActor } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import type { MediaConfig } from '../src/media/media.config';
import { MediaFiles } from '../src/media/media-files.repository';

const actor = systemActor('test');
let test: TestDatabase;
let folder: string;
beforeAll(async () => {
  test = await openTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'media-files-'));
});
afterAll(async () => {
  await test.close();
  await rm(folder, { recursive: true });
});

describe('a file that is uploaded while the same content is deleted', () => {
  it('is stored, or refused: it is never a row without content', async () => {
    const { db } = test;
    const tenantId = newId();
    await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Agency', 'GB')`, [tenantId]);
    const files = new MediaFiles(db, { MEDIA_DIR: folder, MEDIA_MAX_MB_PER_TENANT: 10 } as MediaConfig);
    const upload = () =>
      files.add(tenantId, actor, {
        name: 'a.txt',
        bytes: (async function* () {
          yield await Promise.resolve(Buffer.from('Hello'));
        })(),
      });
    const { id } = await upload();
    const waiting = (count: number) =>
      until(async () => {
        const [row] = await db.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return row?.count === count;
      });
    let deletion: Promise<unknown> | undefined;
    let second: Promise<unknown> | undefined;
    await db.forTenant(tenantId, async (tx) => {
      await tx.query(`SELECT 1 FROM media_files WHERE tenant_id = $1 FOR UPDATE`, [tenantId]);
      deletion = files.delete(tenantId, id);
      await waiting(1);
      second = upload().catch((error: unknown) => error);
      await waiting(2);
    });
    await deletion;
    expect(await second).toMatchObject({ code: 'unavailable', reason: 'file_deleted' });
    const third = await upload();
    expect((await buffer((await files.open(tenantId, third.id)).content)).toString()).toBe('Hello');
  });
});

describe('an upload whose process was killed', () => {
  it('leaves no content that no file has, and takes none from a file', async () => {
    const { db } = test;
    const tenantId = newId();
    await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Agency', 'GB')`, [tenantId]);
    const own = await mkdtemp(join(tmpdir(), 'media-unknown-'));
    try {
      const config = { MEDIA_DIR: own, MEDIA_MAX_MB_PER_TENANT: 10 } as MediaConfig;
      const upload = (text: string) =>
        new MediaFiles(db, config).add(tenantId, actor, {
          name: 'a.txt',
          bytes: (async function* () {
            yield await Promise.resolve(Buffer.from(text));
          })(),
        });
      const lost = await upload('Lost');
      const kept = await upload('Kept');
      expect(await db.query(`SELECT 1 FROM media_arrivals WHERE tenant_id = $1`, [tenantId])).toEqual([]);
      // As if the process had died before it committed the row of the first one, and before it answered for the second.
      await db.query(`DELETE FROM media_files WHERE id = $1`, [lost.id]);
      const arrived = (age: string) =>
        db.query(
          `INSERT INTO media_arrivals (tenant_id, sha256, at) SELECT $1, decode(s, 'hex'), heliograph_now() - $3::interval FROM unnest($2::text[]) s
           ON CONFLICT (tenant_id, sha256) DO UPDATE SET at = excluded.at`,
          [tenantId, [lost.sha256, kept.sha256], age],
        );
      const stored = async () => (await readdir(join(own, tenantId), { recursive: true })).filter((name) => name.length > 10).length;
      for (const [age, count] of [
        ['1 hour', 2],
        ['2 days', 1],
      ] as const) {
        await arrived(age);
        await new MediaFiles(db, config).onApplicationBootstrap();
        expect([age, await stored()]).toEqual([age, count]);
      }
      expect(await db.query(`SELECT 1 FROM media_arrivals WHERE tenant_id = $1`, [tenantId])).toEqual([]);
      expect((await buffer((await new MediaFiles(db, config).open(tenantId, kept.id)).content)).toString()).toBe('Kept');
    } finally {
      await rm(own, { recursive: true });
    }
  });

  it('leaves nothing once another process starts', async () => {
    const own = await mkdtemp(join(tmpdir(), 'media-left-'));
    try {
      const incoming = join(own, 'incoming');
      await mkdir(incoming);
      const [left, live] = [newId(), newId()];
      for (const name of [left, live]) await writeFile(join(incoming, name), 'half of a fi');
      const old = new Date(Date.now() - 2 * 3_600_000);
      await utimes(join(incoming, left), old, old);
      await new MediaFiles(test.db, { MEDIA_DIR: own } as MediaConfig).onApplicationBootstrap();
      expect(await readdir(incoming)).toEqual([live]);
    } finally {
      await rm(own, { recursive: true });
    }
  });
});

describe('a store that cannot be asked', () => {
  it('is one clear answer, and holds up nobody else', async () => {
    const { db } = test;
    const tenants = [newId(), newId(), newId(), newId(), newId(), newId()];
    await db.query(`INSERT INTO tenants (id, name, default_country) SELECT t, 'Agency', 'GB' FROM unnest($1::uuid[]) t`, [tenants]);
    const connections = new Set<Socket>();
    // It takes connections and answers nothing.
    const server = createServer((socket) => connections.add(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const config = {
      MEDIA_S3_BUCKET: 'files',
      MEDIA_S3_ENDPOINT: `http://127.0.0.1:${port}`,
      MEDIA_S3_REGION: 'eu-west-1',
      MEDIA_S3_ACCESS_KEY_ID: 'the-id',
      MEDIA_S3_SECRET_ACCESS_KEY: 'the-secret',
    } as MediaConfig;
    try {
      const files = new MediaFiles(db, config);
      await db.query(
        `INSERT INTO media_files (tenant_id, id, sha256, name, type, kind, bytes, created_by) SELECT t, t, decode(repeat('ab', 32), 'hex'), 'a', 'text/plain', 'document', 1, 'Test' FROM unnest($1::uuid[]) t`,
        [tenants],
      );
      const answers = Promise.all(tenants.map((tenantId) => files.delete(tenantId, tenantId).catch((error: unknown) => error)));
      await until(() => connections.size >= 4);
      // The other connections of the process are free.
      const [held] = await db.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
      );
      expect(held?.count).toBe(4);
      for (const answer of await answers)
        expect(answer).toMatchObject({ code: 'unavailable', reason: expect.stringMatching(/^(media_unavailable|busy)$/) as string });
      expect(JSON.stringify(await answers)).not.toMatch(/the-id|the-secret|127\.0\.0\.1/);
      expect(await db.query(`SELECT 1 FROM media_files WHERE tenant_id = ANY ($1::uuid[])`, [tenants])).toHaveLength(6);
    } finally {
      for (const socket of connections) socket.destroy();
      server.close();
    }
  }, 60_000);
});

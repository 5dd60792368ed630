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
import type { MediaStore } from '../src/media/media-store';

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
  it('is stored once the content is gone: it is never a row without content', async () => {
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
    let second: ReturnType<typeof upload> | undefined;
    await db.forTenant(tenantId, async (tx) => {
      await tx.query(`SELECT 1 FROM media_files WHERE tenant_id = $1 FOR UPDATE`, [tenantId]);
      deletion = files.delete(tenantId, id);
      await waiting(1);
      second = upload();
      await waiting(2);
    });
    await deletion;
    const stored = await second!;
    expect(stored.id).not.toBe(id);
    expect((await buffer((await files.open(tenantId, stored.id)).content)).toString()).toBe('Hello');
    expect(await db.query(`SELECT 1 FROM media_arrivals WHERE tenant_id = $1`, [tenantId])).toEqual([]);
    // An upload that has the content in the store, and no row yet, keeps it.
    await db.query(`INSERT INTO media_arrivals (tenant_id, sha256) VALUES ($1, decode($2, 'hex'))`, [tenantId, stored.sha256]);
    await files.delete(tenantId, stored.id);
    expect(await readdir(join(folder, tenantId, stored.sha256.slice(0, 2)))).toEqual([stored.sha256]);
  });

  it('waits until a deletion that is under way has its answer from the store', async () => {
    const { db } = test;
    const tenantId = newId();
    await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Agency', 'GB')`, [tenantId]);
    const files = new MediaFiles(db, { MEDIA_DIR: folder, MEDIA_MAX_MB_PER_TENANT: 10 } as MediaConfig);
    const upload = () =>
      files.add(tenantId, actor, {
        name: 'a.txt',
        bytes: (async function* () {
          yield await Promise.resolve(Buffer.from('Good day'));
        })(),
      });
    const first = await upload();
    const answer = Promise.withResolvers<void>();
    const { store } = files as unknown as { store: MediaStore };
    const remove = store.delete.bind(store);
    store.delete = (key) => answer.promise.then(() => remove(key));
    const deletion = files.delete(tenantId, first.id);
    const leaving = () => db.query(`SELECT 1 FROM media_arrivals WHERE tenant_id = $1 AND is_leaving`, [tenantId]);
    await until(async () => (await leaving()).length === 1);
    const second = upload();
    await until(
      async () =>
        (await db.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).length === 1,
    );
    answer.resolve();
    await deletion;
    const { id } = await second;
    expect((await buffer((await files.open(tenantId, id)).content)).toString()).toBe('Good day');
  });
});

describe('a deletion whose process was killed after its commit', () => {
  it('leaves content that the next process deletes', async () => {
    const { db } = test;
    const tenantId = newId();
    await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Agency', 'GB')`, [tenantId]);
    const own = await mkdtemp(join(tmpdir(), 'media-leaving-'));
    try {
      const config = { MEDIA_DIR: own, MEDIA_MAX_MB_PER_TENANT: 10 } as MediaConfig;
      const dying = new MediaFiles(db, config);
      const { id, sha256 } = await dying.add(tenantId, actor, {
        name: 'a.txt',
        bytes: (async function* () {
          yield await Promise.resolve(Buffer.from('Gone'));
        })(),
      });
      (dying as unknown as { removeContent: () => Promise<never> }).removeContent = () => new Promise(() => undefined);
      void dying.delete(tenantId, id);
      const arrivals = () => db.query(`SELECT is_leaving, uploads FROM media_arrivals WHERE tenant_id = $1`, [tenantId]);
      await until(async () => (await arrivals()).length === 1);
      expect(await arrivals()).toEqual([{ is_leaving: true, uploads: 0 }]);
      const contents = () => readdir(join(own, tenantId, sha256.slice(0, 2)));
      await new MediaFiles(db, config).onApplicationBootstrap();
      // Another process may be at it.
      expect(await contents()).toEqual([sha256]);
      await db.query(`UPDATE media_arrivals SET at = at - interval '2 minutes' WHERE tenant_id = $1`, [tenantId]);
      await new MediaFiles(db, config).onApplicationBootstrap();
      expect(await contents()).toEqual([]);
      expect(await arrivals()).toEqual([]);
    } finally {
      await rm(own, { recursive: true });
    }
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
  it('holds up neither a deletion nor anybody else', async () => {
    const { db } = test;
    const tenants = [newId(), newId(), newId(), newId(), newId(), newId()];
    await db.query(`INSERT INTO tenants (id, name, default_country) SELECT t, 'Agency', 'GB' FROM unnest($1::uuid[]) t`, [tenants]);
    const connections = new Set<Socket>();
    // It takes connections and answers nothing.
    const server = createServer((socket) => connections.add(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const config = {
      MEDIA_MAX_MB_PER_TENANT: 10,
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
      const deletions = Promise.all(tenants.map((tenantId) => files.delete(tenantId, tenantId)));
      await until(() => connections.size >= 4);
      // The other connections of the process are free, and no transaction that wrote waits: feeds would wait for it.
      expect(
        await db.query(
          `SELECT count(*)::int AS held, count(backend_xid)::int AS wrote FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
        ),
      ).toEqual([{ held: 4, wrote: 0 }]);
      await deletions;
      expect(await db.query(`SELECT 1 FROM media_files WHERE tenant_id = ANY ($1::uuid[])`, [tenants])).toEqual([]);
      expect(await db.query(`SELECT 1 FROM media_arrivals WHERE tenant_id = ANY ($1::uuid[]) AND is_leaving`, [tenants])).toHaveLength(6);
      const upload = files.add(tenants[0] as string, actor, {
        name: 'a.txt',
        bytes: (async function* () {
          yield await Promise.resolve(Buffer.from('Hello'));
        })(),
      });
      await until(() => connections.size > 6);
      for (const socket of connections) socket.destroy();
      server.close();
      const refused: unknown = await upload.catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'unavailable', reason: 'media_unavailable' });
      expect(JSON.stringify(refused)).not.toMatch(/the-id|the-secret|127\.0\.0\.1/);
    } finally {
      for (const socket of connections) socket.destroy();
      server.close();
    }
  }, 60_000);
});

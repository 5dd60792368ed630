import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
    const files = new MediaFiles(db, { MEDIA_DIR: folder } as MediaConfig);
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

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { until } from '@heliograph/kernel/testing';
import { type MediaStore, mediaStoreOf } from '../src/media/media-store';
import type { MediaConfig } from '../src/media/media.config';

/** A server that speaks the protocol of S3, as a process of the test's own. */
async function startS3(): Promise<{ endpoint: string; stop: () => void }> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const server: ChildProcess = spawn(process.execPath, [join(__dirname, '../../../node_modules/fauxqs/dist/server.js')], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, FAUXQS_PORT: String(port), FAUXQS_LOGGER: 'false' },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const isUp = () =>
    fetch(`${endpoint}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isUp, 30_000);
  return { endpoint, stop: () => server.kill('SIGKILL') };
}

describe.each(['disk', 's3'] as const)('the media store on %s', (kind) => {
  let folder: string;
  let store: MediaStore;
  let s3: Awaited<ReturnType<typeof startS3>> | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'media-store-'));
    const access = { MEDIA_S3_REGION: 'eu-west-1', MEDIA_S3_ACCESS_KEY_ID: 'test', MEDIA_S3_SECRET_ACCESS_KEY: 'test' };
    if (kind === 's3') {
      s3 = await startS3();
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
      const client = new S3Client({ region: 'eu-west-1', endpoint: s3.endpoint, forcePathStyle: true, credentials });
      await client.send(new CreateBucketCommand({ Bucket: 'files' }));
      client.destroy();
    }
    const bucket = s3 ? { MEDIA_S3_BUCKET: 'files', MEDIA_S3_ENDPOINT: s3.endpoint } : {};
    store = mediaStoreOf({ MEDIA_DIR: folder, MEDIA_LINK_HOURS: 72, ...access, ...bucket } as MediaConfig);
  });
  afterAll(async () => {
    s3?.stop();
    await rm(folder, { recursive: true });
  });

  const keep = async (content: Buffer, key: string) => {
    await mkdir(store.incoming, { recursive: true });
    const path = join(store.incoming, randomUUID());
    await writeFile(path, content);
    await store.keep(path, key, 'application/pdf', content.length);
    await rm(path, { force: true });
  };

  it('returns what was kept, also when it is kept twice', async () => {
    const content = randomBytes(3_000_000);
    const key = `${randomUUID()}/ab/abc`;
    await keep(content, key);
    await keep(content, key);
    expect((await buffer(await store.open(key))).equals(content)).toBe(true);
    expect(existsSync(join(folder, key))).toBe(kind === 'disk');
  });

  it('that cannot be asked says so, in words that name nothing of it', async () => {
    const broken = mediaStoreOf({
      MEDIA_DIR: join(folder, 'a-file', 'below'),
      MEDIA_S3_REGION: 'eu-west-1',
      MEDIA_S3_ACCESS_KEY_ID: 'the-id',
      MEDIA_S3_SECRET_ACCESS_KEY: 'the-secret',
      // The bucket is not there.
      ...(s3 && { MEDIA_S3_BUCKET: 'no-such-bucket', MEDIA_S3_ENDPOINT: s3.endpoint }),
    } as MediaConfig);
    await writeFile(join(folder, 'a-file'), 'x');
    const path = join(folder, randomUUID());
    await writeFile(path, 'x');
    const faults = await Promise.all(
      [broken.keep(path, 'a/b/c', 'text/plain', 1), ...(kind === 's3' ? [broken.open('a/b/c')] : [])].map((act) =>
        (act as Promise<unknown>).then(
          () => null,
          (error: unknown) => error,
        ),
      ),
    );
    for (const fault of faults) expect(fault).toMatchObject({ code: 'unavailable', reason: 'media_unavailable' });
    expect(JSON.stringify(faults)).not.toMatch(/the-id|the-secret|no-such-bucket|a-file/);
  });

  it('has nothing under a key that was deleted, or never there', async () => {
    const key = `${randomUUID()}/ab/abc`;
    await keep(Buffer.from('x'), key);
    await store.delete(key);
    await store.delete(key);
    await expect(store.open(key)).rejects.toMatchObject({ reason: 'not_found' });
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** Starts a built process and waits for its end: its configuration is read before anything else is touched. */
async function refusal(app: 'api' | 'worker', env: Record<string, string>): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [resolve('dist/apps', app, 'src/main.js')], {
    env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', KEYRING: `k1:${Buffer.alloc(32).toString('base64')}`, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (part: Buffer) => (said += part.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

describe('a process that would do nothing of what it is started for', () => {
  const roles = 'brokers, callbacks, campaigns, events, hooks, housekeeping, lanes';
  it.each([
    ['worker', 'WORKER_ROLES', 'drips', roles],
    ['worker', 'WORKER_ROLES', 'lanes,everything', roles],
    ['api', 'WORKER_ROLES', 'drips', roles],
    ['api', 'API_SURFACES', 'public,,rest', 'admin, hooks, public'],
  ] as const)('does not start: the %s with %s=%s', async (app, key, value, known) => {
    expect(await refusal(app, { [key]: value })).toEqual({
      code: 78,
      said: `The configuration has 1 fault(s):\n  ${key}: must be one or more of ${known}; every other name would do nothing\n`,
    });
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** Starts a built process, or `config:check`, and waits for its end: its configuration is read before anything else is touched. */
async function refusal(app: 'api' | 'worker' | 'cli', env: Record<string, string>): Promise<{ code: number; said: string }> {
  const words = app === 'cli' ? ['config:check'] : [];
  const child = spawn(process.execPath, [resolve('dist/apps', app, 'src/main.js'), ...words], {
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
    ['cli', 'WORKER_ROLES', 'drips', roles],
    ['api', 'API_SURFACES', 'public,,rest', 'admin, hooks, public'],
    ['cli', 'API_SURFACES', 'public,,rest', 'admin, hooks, public'],
  ] as const)('does not start: the %s with %s=%s', async (app, key, value, known) => {
    expect(await refusal(app, { [key]: value })).toEqual({
      code: 78,
      said: `The configuration has 1 fault(s):\n  ${key}: must be one or more of ${known}; every other name would do nothing\n`,
    });
  });

  it.each(['api', 'cli'] as const)('does not start with half of a single sign-on: the %s', async (app) => {
    const env = { OIDC_ISSUER: 'https://id.agency.example', OIDC_CLIENT_ID: '', OIDC_CLIENT_SECRET: 'hunter2' };
    expect(await refusal(app, env)).toEqual({
      code: 78,
      said: 'The configuration has 1 fault(s):\n  OIDC_CLIENT_ID: is required with OIDC_ISSUER, OIDC_CLIENT_SECRET\n',
    });
  });
});

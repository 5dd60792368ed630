import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { kernelConfig } from './kernel.config';
import { ConfigError, loadConfig } from './load-config';
import { workerRoles } from './worker-roles';

workerRoles.register('lanes', class Lanes {});
workerRoles.register('hooks', class Hooks {});

const good = { DATABASE_URL: 'postgres://app:pw@db:5432/heliograph', KEYRING: `k1:${randomBytes(32).toString('base64')}` };

function faultsOf(env: Record<string, string>) {
  try {
    loadConfig([kernelConfig, { EXTRA: z.coerce.number().max(5) }], env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('There was no fault.');
}

describe('loadConfig', () => {
  it('reports every fault of all libs at once and shows no value', () => {
    const error = faultsOf({
      DATABASE_URL: 'mysql://app:hunter2@db/x',
      KEYRING: 'k1:dG9vIHNob3J0',
      DATABASE_POOL: '1',
      REDIS_URL: 'not a url',
      WORKER_ROLES: 'lanes,secretrole',
      METRICS_ENABLED: 'yes',
      EXTRA: '6',
    });
    expect([...new Set(error.faults.map((f) => f.key.split('.')[0]))].sort()).toEqual([
      'DATABASE_POOL',
      'DATABASE_URL',
      'EXTRA',
      'KEYRING',
      'METRICS_ENABLED',
      'REDIS_URL',
      'WORKER_ROLES',
    ]);
    for (const value of ['hunter2', 'dG9v', 'not a url', 'secretrole']) expect(error.message).not.toContain(value);
  });

  it('reports a missing key as required, and an empty one as missing', () => {
    const faults = faultsOf({ KEYRING: '' }).faults;
    expect(faults).toEqual([
      { key: 'DATABASE_URL', message: 'is required' },
      { key: 'KEYRING', message: 'is required' },
      { key: 'EXTRA', message: 'is required' },
    ]);
  });

  it('reports each missing key of a set that is given in part, beside the other faults, and ignores sets of other processes', () => {
    const shape = { A: z.string().optional(), B: z.string().optional(), C: z.string().optional(), PORT: z.coerce.number() };
    const faults = (env: Record<string, string>) => {
      try {
        loadConfig([shape], env, [
          ['A', 'B', 'C'],
          ['X', 'Y'],
        ]);
        return [];
      } catch (error) {
        return (error as ConfigError).faults;
      }
    };
    expect(faults({ PORT: '1', X: '1' })).toEqual([]);
    expect(faults({ PORT: '1', A: 'a', B: 'b', C: 'c' })).toEqual([]);
    expect(faults({ A: 'a', B: '', C: 'c' })).toEqual([
      { key: 'PORT', message: 'is required' },
      { key: 'B', message: 'is required with A, C' },
    ]);
  });

  it('applies defaults, parses numbers, flags and lists, and returns a frozen object', () => {
    const config = loadConfig([kernelConfig], {
      ...good,
      METRICS_ENABLED: '0',
      DATABASE_POOL: '',
      WORKER_ROLES: 'hooks, lanes',
      UNKNOWN: 'x',
    });
    expect(config).toMatchObject({
      DATABASE_POOL: 16,
      METRICS_ENABLED: false,
      WORKER_ROLES: ['hooks', 'lanes'],
      PORT: 3000,
      NODE_ENV: 'production',
    });
    expect(config).not.toHaveProperty('UNKNOWN');
    expect(() => ((config as { PORT: number }).PORT = 1)).toThrow(TypeError);
  });

  it.each([
    '',
    'k1',
    'k1:',
    ':AAAA',
    `k 1:${'A'.repeat(44)}`,
    `${good.KEYRING},`,
    `${good.KEYRING},k2:AAAA`,
    `${good.KEYRING},${good.KEYRING}`,
  ])('refuses the key ring %j', (KEYRING) => {
    expect(faultsOf({ ...good, EXTRA: '1', KEYRING }).faults.map((f) => f.key)).toEqual(['KEYRING']);
  });
});

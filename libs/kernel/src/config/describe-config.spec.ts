import { declaredConfig, declaredShapes } from './declared-config';
import { describeConfig, isSecretKey } from './describe-config';
import './kernel.config';
import { loadConfig } from './load-config';

const env = {
  DATABASE_URL: 'postgres://me:hunter2@db.example/heliograph',
  KEYRING: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  PAGES_TOKEN: 'a-token-for-the-pages',
  LOG_LEVEL: 'warn',
  EGRESS_ALLOWED: 'core-app.internal,10.1.0.0/16',
};

describe('the description of a configuration', () => {
  const described = describeConfig(loadConfig(declaredShapes(), env));
  const keys = new Map(described.flatMap((part) => part.keys.map((key) => [key.name, key])));

  it('has each key with its value, its default and its source', () => {
    expect(keys.size).toBe(declaredConfig().flatMap(({ shape }) => Object.keys(shape)).length);
    expect(keys.get('LOG_LEVEL')).toMatchObject({ value: 'warn', fallback: 'info', source: 'environment', isSecret: false });
    expect(keys.get('PORT')).toMatchObject({ value: '3000', fallback: '3000', source: 'default' });
    expect(keys.get('EGRESS_ALLOWED')).toMatchObject({ value: 'core-app.internal,10.1.0.0/16', fallback: null });
    expect(keys.get('TRUST_PROXY')).toMatchObject({ value: null, isSet: false, source: 'default' });
  });

  it('tells of a secret only whether it is set', () => {
    expect(keys.get('DATABASE_URL')).toMatchObject({ value: null, isSet: true, isSecret: true, source: 'environment' });
    expect(keys.get('REDIS_URL')).toMatchObject({ value: null, isSet: false, isSecret: true });
    const text = JSON.stringify(described);
    for (const value of ['hunter2', 'db.example', env.KEYRING, env.PAGES_TOKEN]) expect(text).not.toContain(value);
  });

  it('takes a name that may hold a secret for one', () => {
    for (const name of [
      'OIDC_CLIENT_SECRET',
      'SMTP_URL',
      'KAFKA_SASL_USERNAME',
      'SOME_PASSWORD',
      'RABBITMQ_URL',
      'MEDIA_S3_ENDPOINT',
      'DATABASE_CA',
    ])
      expect([name, isSecretKey(name)]).toEqual([name, true]);
    for (const name of ['PUBLIC_URL', 'PORT', 'OIDC_ISSUER']) expect([name, isSecretKey(name)]).toEqual([name, false]);
  });
});

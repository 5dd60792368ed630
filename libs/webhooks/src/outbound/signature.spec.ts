import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { newSecret, signature } from './signature';

describe('signature', () => {
  it('equals that of the Standard Webhooks library, once for each secret', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 2 ** 32 }), (id, body, timestamp) => {
        const [old, next] = [newSecret(), newSecret()];
        const expected = [old, next].map((secret) => new Webhook(secret).sign(id, new Date(timestamp * 1_000), body));
        expect(signature([old, next], id, timestamp, body)).toBe(expected.join(' '));
      }),
    );
  });

  it.each([0, 1])('verifies with either secret during a rotation (%i)', (which) => {
    const secrets = [newSecret(), newSecret()];
    const timestamp = Math.floor(Date.now() / 1_000);
    const headers = {
      'webhook-id': 'm1',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature(secrets, 'm1', timestamp, '{"a":"ü"}'),
    };
    expect(new Webhook(secrets[which] ?? '').verify('{"a":"ü"}', headers)).toEqual({ a: 'ü' });
    expect(() => new Webhook(newSecret()).verify('{"a":"ü"}', headers)).toThrow('No matching signature');
  });
});

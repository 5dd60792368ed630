import { redact, redactText } from '@heliograph/kernel';
import { declaredConfig } from '../apps/cli/src/every-lib';

describe('log lines of a process that has loaded every lib', () => {
  it.each(
    'authorization cookie set-cookie x-webhook-signature signature apiKey api_key accessToken access_token secret secrets webhookSecret webhook_secret hookToken hook_token token password text caption body to recipient phone confirmedPhone qr'.split(
      ' ',
    ),
  )('hide the member %s', (name) => {
    expect(declaredConfig().length).toBeGreaterThan(0);
    expect(redact({ inner: [{ [name]: 'a value', n: 1 }] })).toEqual({ inner: [{ [name]: '[redacted]', n: 1 }] });
  });

  it('hide API keys inside a text, and show ids that callers gave', () => {
    expect(redactText(`key hg_live_${'ab'.repeat(32)} refused`)).toBe('key hg_live_[redacted] refused');
    expect(redact({ request_id: '447700900001@s' })).toEqual({ request_id: '447700900001@s' });
  });
});

import { providerFault } from './provider-fault';

describe('the error for a provider that limits calls', () => {
  it.each([
    [undefined, 5],
    [0, 1],
    [2_500, 3],
    [1e9, 3_600],
  ])('names a wait between a second and an hour when the provider asks for %s ms', (retryAfterMs, seconds) => {
    const fault = {
      ok: false,
      reason: 'throttled',
      detail: '',
      httpStatus: 429,
      feedback: retryAfterMs === undefined ? {} : { retryAfterMs },
    } as const;
    expect(providerFault(fault, 'access_token')).toMatchObject({
      code: 'unavailable',
      reason: 'provider_throttled',
      details: { retryAfterSeconds: seconds },
    });
  });
});

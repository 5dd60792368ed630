import { AppError } from '@heliograph/kernel';
import { clampedWaitMs, type ProviderResult } from '@heliograph/providers';

type Fault = Extract<ProviderResult<unknown>, { ok: false }>;

/** Returns the value of a provider's answer. @throws AppError that explains why there is none */
export function valueOf<T>(result: ProviderResult<T>, credential: 'access_token' | 'api_key' = 'access_token'): T {
  if (result.ok) return result.value;
  throw providerFault(result, credential);
}

/** Returns the error that a person gets for a provider's refusal. */
export function providerFault(fault: Fault, credential: 'access_token' | 'api_key'): AppError {
  const retryAfterSeconds = Math.ceil(clampedWaitMs(fault.feedback.retryAfterMs ?? 5_000) / 1_000);
  const said = fault.detail.slice(0, 300);
  switch (fault.reason) {
    case 'unauthorised':
      return new AppError(
        'unprocessable',
        'provider_unauthorised',
        `The provider refuses the ${credential === 'api_key' ? 'API key' : 'access token'}.`,
        {
          path: credential,
        },
      );
    case 'not_found':
      return new AppError('unprocessable', 'provider_not_found', 'The provider has no such session.');
    case 'throttled':
      return new AppError('unavailable', 'provider_throttled', 'The provider limits the rate of calls. Retry later.', {
        retryAfterSeconds,
      });
    case 'session_down':
      return new AppError('conflict', 'provider_session_down', `The session is not connected at the provider: ${said}`);
    case 'refused':
      return new AppError('unprocessable', 'provider_refused', `The provider refused the call: ${said}`);
    case 'unavailable':
      return new AppError('unavailable', 'provider_unavailable', 'The provider cannot be reached.', { retryAfterSeconds });
  }
}

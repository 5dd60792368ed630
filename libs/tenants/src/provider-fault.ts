import { AppError } from '@heliograph/kernel';
import { clampedWaitMs, type ProviderResult } from '@heliograph/providers';

type Fault = Extract<ProviderResult<unknown>, { ok: false }>;

/** The value of a provider's answer. @throws AppError that says what the provider made of it */
export function valueOf<T>(result: ProviderResult<T>, credential: 'access_token' | 'api_key' = 'access_token'): T {
  if (result.ok) return result.value;
  throw providerFault(result, credential);
}

/** Which error a person gets for a provider's refusal. */
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
      return new AppError('unprocessable', 'provider_not_found', 'The provider does not know this session.');
    case 'throttled':
      return new AppError('unavailable', 'provider_throttled', 'The provider asks to wait.', { retryAfterSeconds });
    case 'session_down':
      return new AppError('conflict', 'provider_session_down', `The session is not connected at the provider: ${said}`);
    case 'refused':
      return new AppError('unprocessable', 'provider_refused', `The provider refuses: ${said}`);
    case 'unavailable':
      return new AppError('unavailable', 'provider_unavailable', 'The provider cannot be reached.', { retryAfterSeconds });
  }
}

import { headerSecret } from '@heliograph/kernel';
import { z } from 'zod';

/** Body of a new provider account, for every interface. */
export const createAccountBody = z
  .strictObject({ name: z.string().min(1).max(200), access_token: headerSecret(8, 500) })
  .meta({ id: 'AddProviderAccount', example: { name: 'Main account', access_token: 'the-token-the-provider-shows' } });

/** Body of a change of a provider account, for every interface. */
export const changeAccountBody = createAccountBody
  .partial()
  .meta({ id: 'ChangeProviderAccount', example: { access_token: 'the-new-token-the-provider-shows' } });

import { AppError } from '@heliograph/kernel';
import type { ApiCaller } from '../../http/principal';

/** Refuses values of contacts to those who may not read contacts. @throws AppError `missing_scope` */
export function mayReadContacts({ scopes }: ApiCaller, path: string): void {
  if (!scopes.has('contacts:read'))
    throw new AppError('forbidden', 'missing_scope', 'Values of a contact need the scope contacts:read.', { path });
}

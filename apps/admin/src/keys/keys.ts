import { curlOf } from '../parts/curl';
import type { components } from '../providers/api-types';

/** An API key, without its secret. */
export type ApiKey = components['schemas']['ApiKey'];
export type Scope = ApiKey['scopes'][number];

/** Time before its end in which a key counts as ending soon, in ms. */
const soonMs = 14 * 86_400_000;

/** Returns the state of a key: a name of `state.api_key`. */
export function keyState({ revoked_at, expires_at }: Pick<ApiKey, 'revoked_at' | 'expires_at'>, now = Date.now()): string {
  if (revoked_at) return 'revoked';
  if (!expires_at) return 'active';
  const left = Date.parse(expires_at) - now;
  return left <= 0 ? 'expired' : left < soonMs ? 'ending' : 'active';
}

/** Reads that show that a key works, by the right they need. Those of `limitedReads` also work with a key that is limited to numbers. */
const limitedReads: [Scope, string][] = [
  ['messages:read', '/v1/messages?limit=1'],
  ['sessions:read', '/v1/sessions?limit=1'],
];
const reads: [Scope, string][] = [
  ...limitedReads,
  ['contacts:read', '/v1/contacts?limit=1'],
  ['conversations:read', '/v1/conversations?limit=1'],
  ['events:read', '/v1/events?limit=1'],
  ['dead_letters:read', '/v1/dead-letters?limit=1'],
  ['callbacks:read', '/v1/callback-endpoints?limit=1'],
  ['keys:manage', '/v1/api-keys?limit=1'],
];

/** Returns a command that works with the key: a read where it may read, else a message or an event to fill in. */
export function curlFor(
  origin: string,
  { secret, scopes, session_ids }: Pick<ApiKey, 'scopes' | 'session_ids'> & { secret: string },
): string {
  const curl = (path: string, body?: object): string => curlOf(origin, { path, ...(body && { body }) }, { secret });
  const read = (session_ids ? limitedReads : reads).find(([scope]) => scopes.includes(scope));
  if (read) return curl(read[1]);
  if (scopes.includes('messages:write'))
    return curl('/v1/messages', {
      to: '+447700900101',
      type: 'text',
      text: 'Hello',
      ...(session_ids && { session_id: session_ids[0] }),
    });
  if (!session_ids && scopes.includes('events:write'))
    return curl('/v1/events', { name: 'user_onboarded', id: 'test-1', subject: { phone: '+447700900101' } });
  return curl('/v1/messages?limit=1');
}

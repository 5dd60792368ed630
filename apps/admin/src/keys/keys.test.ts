import { describe, expect, it } from 'vitest';
import { curlFor, keyState, type Scope } from './keys';

const now = Date.parse('2026-11-24T12:00:00Z');
const inDays = (days: number): string => new Date(now + days * 86_400_000).toISOString();

describe('the state of a key', () => {
  it.each([
    [null, null, 'active'],
    [null, inDays(15), 'active'],
    [null, inDays(13), 'ending'],
    [null, inDays(0), 'expired'],
    [null, inDays(-1), 'expired'],
    [inDays(-1), inDays(15), 'revoked'],
  ])('revoked at %s and ending at %s is %s', (revoked_at, expires_at, state) => {
    expect(keyState({ revoked_at, expires_at }, now)).toBe(state);
  });
});

describe('the command that tries a key', () => {
  const made = (scopes: Scope[], session_ids: string[] | null): string =>
    curlFor('https://wa.agency.example', { secret: 'hg_live_abc', scopes, session_ids });
  const curl = (...scopes: Scope[]): string => made(scopes, null);

  it('reads what the key may read', () => {
    expect(curl('messages:write', 'messages:read')).toBe(
      "curl -s 'https://wa.agency.example/v1/messages?limit=1' -H 'authorization: Bearer hg_live_abc'",
    );
    expect(curl('dead_letters:read')).toContain('/v1/dead-letters?limit=1');
  });

  it('sends a message or an event, in a body that the shell leaves alone, where the key may read nothing', () => {
    for (const [scope, path] of [
      ['messages:write', '/v1/messages'],
      ['events:write', '/v1/events'],
    ] as const) {
      const [, url, body = ''] = /^curl -s '([^']+)' -H '[^']+' -H '[^']+' -d '([^']+)'$/.exec(curl(scope)) ?? [];
      expect(url).toBe(`https://wa.agency.example${path}`);
      expect(JSON.parse(body)).toBeTypeOf('object');
    }
  });

  it('reads and sends what a key may that is limited to numbers', () => {
    expect(made(['contacts:read', 'sessions:read'], ['a'])).toContain('/v1/sessions?limit=1');
    expect(made(['contacts:read', 'events:write', 'messages:write'], ['a', 'b'])).toContain('"session_id":"a"');
    expect(curl('messages:write')).not.toContain('session_id');
  });
});

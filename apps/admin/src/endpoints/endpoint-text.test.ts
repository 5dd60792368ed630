import { describe, expect, it } from 'vitest';
import { faultAt, headersOf, headersText } from './endpoint-text';

describe('headers of an endpoint', () => {
  it('stay as they are when their lines are left alone', () => {
    expect(headersOf(headersText(['X-Team', 'X-Env']), ['X-Team', 'X-Env'])).toEqual({ headers: undefined });
    expect(headersOf('', [])).toEqual({ headers: undefined });
  });

  it('are replaced as a whole, and removed when all lines are', () => {
    expect(headersOf('X-Team: growth\n\n X-Env : live ', ['X-Team'])).toEqual({ headers: { 'X-Team': 'growth', 'X-Env': 'live' } });
    expect(headersOf('', ['X-Team'])).toEqual({ headers: {} });
  });

  it('need every value again, since stored ones cannot be read back', () => {
    expect(headersOf(`${headersText(['X-Team'])}\nX-Env: live`, ['X-Team'])).toEqual({ fault: 'kept', line: 1 });
    expect(headersOf('X-Env: live\nnonsense', [])).toEqual({ fault: 'line', line: 2 });
  });
});

describe('a fault of the API', () => {
  it('stands at its member, or at the member it lies in', () => {
    const errors = { url: 'Not allowed', 'types.0': 'Unknown' };
    expect(['url', 'types', 'name', 'ur'].map((path) => faultAt(errors, path))).toEqual(['Not allowed', 'Unknown', undefined, undefined]);
  });
});

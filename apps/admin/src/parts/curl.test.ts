import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { curlOf } from './curl';

const origin = 'https://wa.agency.example';
/** Arguments that a shell passes on. */
const argumentsOf = (command: string): string[] =>
  execFileSync('sh', ['-c', `curl() { printf '%s\\0' "$@"; }; ${command}`], { env: { HELIOGRAPH_KEY: 'hg_live_abc' } })
    .toString()
    .split('\0')
    .slice(0, -1);

describe('a command that is copied', () => {
  it('reads, with the key of a variable', () => {
    const command = curlOf(origin, { path: '/v1/messages/m1' });
    expect(command).toBe(`curl -s '${origin}/v1/messages/m1' -H "authorization: Bearer $HELIOGRAPH_KEY"`);
    expect(argumentsOf(command)).toEqual(['-s', `${origin}/v1/messages/m1`, '-H', 'authorization: Bearer hg_live_abc']);
  });

  it('sends a body as it is, whatever signs of the shell stand in it', () => {
    const body = { to: '+447700900101', text: `It's $HOME, \`date\` and "more"\n` };
    const said = argumentsOf(curlOf(origin, { path: '/v1/messages', body }, { idempotencyKey: 'k-1' }));
    expect(said.slice(4, 8)).toEqual(['-H', 'content-type: application/json', '-H', 'idempotency-key: k-1']);
    expect(said[8]).toBe('-d');
    expect(JSON.parse(said[9] as string)).toEqual(body);
  });
});

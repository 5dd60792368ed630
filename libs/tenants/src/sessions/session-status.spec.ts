import fc from 'fast-check';
import { canMove, movableFrom, type SessionStatus, sessionStatuses, sessionTransitions, type StatusSource } from './session-status';

const sources: StatusSource[] = ['hook', 'poll', 'api', 'send', 'system'];
const status = fc.constantFrom(...sessionStatuses);
const source = fc.constantFrom(...sources);
const reports = fc.array(fc.record({ to: status, source }), { maxLength: 60 });

/** What a session goes through when it is told all this. */
function run(from: SessionStatus, told: { to: SessionStatus; source: StatusSource }[]): SessionStatus[] {
  const visited = [from];
  for (const { to, source } of told) {
    const now = visited.at(-1) as SessionStatus;
    if (canMove(now, to, source)) visited.push(to);
  }
  return visited;
}

describe('session status', () => {
  it('moves only along the written table', () => {
    fc.assert(
      fc.property(status, reports, (from, told) => {
        const visited = run(from, told);
        return visited.slice(1).every((to, i) => sessionTransitions[visited[i] as SessionStatus].includes(to));
      }),
    );
  });

  it('never comes back from deleted and never becomes new again', () => {
    fc.assert(
      fc.property(status, reports, (from, told) => {
        const visited = run(from, told);
        expect(visited.slice(1)).not.toContain('new');
        expect(visited.slice(0, -1)).not.toContain('deleted');
      }),
    );
  });

  it('counts a repeated report as no move, whoever repeats it', () => {
    fc.assert(fc.property(status, source, (same, by) => !canMove(same, same, by)));
  });

  it('leaves unauthorised only by a check or a call, never by a hook or a send', () => {
    for (const to of sessionStatuses) {
      expect(canMove('unauthorised', to, 'hook')).toBe(false);
      expect(canMove('unauthorised', to, 'send')).toBe(false);
    }
    expect(canMove('unauthorised', 'connected', 'poll')).toBe(true);
  });

  it('never lets a hook open a session: another phone may be behind it', () => {
    expect(movableFrom('connected', 'hook')).toEqual([]);
    expect(movableFrom('connected', 'poll')).toEqual(expect.arrayContaining(['need_scan', 'connecting', 'logged_out', 'unauthorised']));
  });

  it('lets a refused send close a connected session and leaves a better known reason alone', () => {
    expect(movableFrom('disconnected', 'send')).toEqual(['connected']);
    expect(movableFrom('connected', 'send')).toEqual([]);
  });

  it('can be deleted from everywhere, by a person or the product only', () => {
    for (const from of sessionStatuses.filter((s) => s !== 'deleted')) {
      expect(canMove(from, 'deleted', 'api')).toBe(true);
      expect((['hook', 'poll', 'send'] as const).some((by) => canMove(from, 'deleted', by))).toBe(false);
    }
  });
});

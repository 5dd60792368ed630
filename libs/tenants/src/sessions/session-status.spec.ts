import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { canMove, movableFrom, type SessionStatus, sessionStatuses, sessionTransitions, type StatusSource } from './session-status';

const sources: StatusSource[] = ['hook', 'poll', 'api', 'send', 'system'];
const status = fc.constantFrom(...sessionStatuses);
const source = fc.constantFrom(...sources);
const reports = fc.array(fc.record({ to: status, source }), { maxLength: 60 });

/** Returns the statuses of a session after each of these reports. */
function run(from: SessionStatus, reports: { to: SessionStatus; source: StatusSource }[]): SessionStatus[] {
  const visited = [from];
  for (const { to, source } of reports) {
    const now = visited.at(-1) as SessionStatus;
    if (canMove(now, to, source)) visited.push(to);
  }
  return visited;
}

describe('session status', () => {
  it('moves only along the transition table', () => {
    fc.assert(
      fc.property(status, reports, (from, reported) => {
        const visited = run(from, reported);
        return visited.slice(1).every((to, i) => sessionTransitions[visited[i] as SessionStatus].includes(to));
      }),
    );
  });

  it('never leaves deleted and never becomes new again', () => {
    fc.assert(
      fc.property(status, reports, (from, reported) => {
        const visited = run(from, reported);
        expect(visited.slice(1)).not.toContain('new');
        expect(visited.slice(0, -1)).not.toContain('deleted');
      }),
    );
  });

  it('does not move by a repeated report of any source', () => {
    fc.assert(fc.property(status, source, (same, by) => !canMove(same, same, by)));
  });

  it('leaves unauthorised only by a check or a call, never by a hook or a send', () => {
    for (const to of sessionStatuses) {
      expect(canMove('unauthorised', to, 'hook')).toBe(false);
      expect(canMove('unauthorised', to, 'send')).toBe(false);
    }
    expect(canMove('unauthorised', 'connected', 'poll')).toBe(true);
  });

  it('is never opened by a hook: the linked phone may be another one', () => {
    expect(movableFrom('connected', 'hook')).toEqual([]);
    expect(movableFrom('connected', 'poll')).toEqual(expect.arrayContaining(['need_scan', 'connecting', 'logged_out', 'unauthorised']));
  });

  it('is closed by a refused send when connected, and keeps a more precise reason otherwise', () => {
    expect(movableFrom('disconnected', 'send')).toEqual(['connected']);
    expect(movableFrom('connected', 'send')).toEqual([]);
  });

  it('can become deleted from every status, but only by a person or the product', () => {
    for (const from of sessionStatuses.filter((s) => s !== 'deleted')) {
      expect(canMove(from, 'deleted', 'api')).toBe(true);
      expect((['hook', 'poll', 'send'] as const).some((by) => canMove(from, 'deleted', by))).toBe(false);
    }
  });

  it('is shown by the chart of docs/ARCHITECTURE.md, with arrows that the table allows', () => {
    const docs = readFileSync(join(__dirname, '../../../../docs/ARCHITECTURE.md'), 'utf8');
    const [, chart = ''] = /## A session's life\n\n```mermaid\n([^`]*)```/.exec(docs) ?? [];
    const arrows = [...chart.matchAll(/(\S+) --> (\w+)/g)].map(([, from, to]) => [from, to] as [string, string]);
    const ends = ['[*]', 'new', 'at_provider', 'deleted'];
    const within = arrows.filter(([from, to]) => !ends.includes(from) && !ends.includes(to));
    const box = [...new Set(within.flat())].sort() as SessionStatus[];
    expect(arrows.filter((arrow) => !within.includes(arrow))).toEqual([
      ['[*]', 'new'],
      ['new', 'at_provider'],
      ['at_provider', 'deleted'],
      ['new', 'deleted'],
    ]);
    expect(box).toEqual(sessionStatuses.filter((one) => !ends.includes(one)).sort());
    // What the text below the chart says of the table.
    for (const from of box) expect([...sessionTransitions[from]].sort()).toEqual([...box.filter((to) => to !== from), 'deleted'].sort());
    expect([...sessionTransitions.new].sort()).toEqual([...box, 'deleted'].sort());
    expect(sessionTransitions.deleted).toEqual([]);
  });
});

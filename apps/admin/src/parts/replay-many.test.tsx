import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { ReplayDrawer } from '../endpoints/replay-drawer';
import type { Endpoint } from '../endpoints/endpoints';
import { ReplayEventsDrawer } from '../events/replay-events-drawer';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { type Asked, refusal, server } from '../testing/server';
import { show } from '../testing/show';

const nothing = () => undefined;
/** Words of a button or a line with the figure of many. */
const many = (words: string, figure: number) => (words.split(' |||| ')[1] ?? words).replace('%{figure}', String(figure));

const job = {
  ...{ id: 'job', kind: 'events.replay', state: 'done', total: 40, done: 40, failed: 0, skipped: {}, failed_ids: [] },
  ...{ actor: { kind: 'person', id: 'ines', name: 'Ines' }, note: null, error: null, per_minute: null, filter: {}, options: {} },
  ...{ created_at: '2026-11-30T09:00:00.000Z', started_at: '2026-11-30T09:00:00.000Z', ended_at: '2026-11-30T09:00:01.000Z' },
};

/** Answers counts by `matching`, and takes replays when the count is as expected. @returns the replays */
function serve(matching: () => number): Asked[] {
  const replays: Asked[] = [];
  server.answer = (asked) => {
    if (asked.path.startsWith('/v1/jobs/')) return job;
    if (!asked.path.endsWith('/bulk-replay')) return { data: [], next_cursor: null };
    const body = asked.body as { dry_run: boolean; expect?: number };
    if (body.dry_run) return { matching: matching() };
    replays.push(asked);
    if (body.expect !== matching()) return refusal(409, 'count_changed', 'The filter matches another number now.');
    return job;
  };
  return replays;
}

describe.each([
  [
    'callbacks',
    () => <ReplayDrawer endpoint={{ id: 'e1', state: 'active' } as Endpoint} onClose={nothing} />,
    en.endpoints.replay,
    { state: 'dead' },
  ],
  [
    'events',
    () => <ReplayEventsDrawer filter={{ name: 'seen' }} onClose={nothing} onDone={nothing} />,
    en.events.replay_many,
    { name: 'seen' },
  ],
] as const)('a replay of many %s', (_what, drawer, words, filter) => {
  afterEach(() => act(() => chooseTenant(null)));

  it('goes with the count that was shown, and counts again when others match by then', async () => {
    chooseTenant('kettle');
    let matching = 12;
    const replays = serve(() => matching);
    show(drawer());
    const button = await screen.findByRole('button', { name: many(words.act, 12) });
    matching = 40;
    await userEvent.click(button);
    await userEvent.click(await screen.findByRole('button', { name: en.endpoints.replay.count_again }));
    await userEvent.click(await screen.findByRole('button', { name: many(words.act, 40) }));
    expect(await screen.findByText(en.endpoints.replay.started)).toBeVisible();
    await waitFor(() => expect(replays.map(({ body }) => (body as { expect: number }).expect)).toEqual([12, 40]));
    expect(replays[1]?.body).toMatchObject({ filter, dry_run: false });
  });

  it('offers nothing when none matches', async () => {
    chooseTenant('kettle');
    serve(() => 0);
    show(drawer());
    expect(await screen.findByText(new RegExp(words.none.slice(0, 20)))).toBeVisible();
    expect(screen.queryByRole('button', { name: many(words.act, 0) })).toBeNull();
  });
});

import { Autosave, type SaveState } from './autosave';

interface Draft {
  name: string;
  pace: number;
}

const stale = new Error('stale');

/** An autosave whose requests are answered by hand. */
function rig() {
  const requests: { patch: Partial<Draft>; answer: (error?: Error) => Promise<void> }[] = [];
  const states: SaveState['kind'][] = [];
  const autosave = new Autosave<Draft>(
    (patch) =>
      new Promise<void>((resolve, reject) => {
        requests.push({
          patch,
          answer: async (error) => {
            if (error) reject(error);
            else resolve();
            await vi.advanceTimersByTimeAsync(0);
          },
        });
      }),
    (error) => error === stale,
    ({ kind }) => states.push(kind),
    700,
  );
  return { autosave, requests, states };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('a draft that saves itself', () => {
  it('sends changes together, a moment after the last one', async () => {
    const { autosave, requests, states } = rig();
    autosave.change({ name: 'a' });
    await vi.advanceTimersByTimeAsync(600);
    autosave.change({ name: 'ab', pace: 3 });
    await vi.advanceTimersByTimeAsync(600);
    expect(requests).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(requests.map(({ patch }) => patch)).toEqual([{ name: 'ab', pace: 3 }]);
    await requests[0]?.answer();
    expect(states.at(-1)).toBe('saved');
  });

  it('has one request under way, and sends what changed meanwhile after it', async () => {
    const { autosave, requests, states } = rig();
    autosave.change({ name: 'a' });
    await vi.advanceTimersByTimeAsync(700);
    autosave.change({ name: 'b' });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(requests).toHaveLength(1);
    await requests[0]?.answer();
    expect(states.at(-1)).toBe('waiting');
    await vi.advanceTimersByTimeAsync(700);
    expect(requests.map(({ patch }) => patch)).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  it('keeps what a failed request held, under what was typed since', async () => {
    const { autosave, requests, states } = rig();
    autosave.change({ name: 'a', pace: 1 });
    await vi.advanceTimersByTimeAsync(700);
    autosave.change({ name: 'b' });
    await requests[0]?.answer(new Error('offline'));
    expect(states.at(-1)).toBe('failed');
    expect(autosave.pending).toEqual({ name: 'b', pace: 1 });
    autosave.retry();
    await vi.advanceTimersByTimeAsync(0);
    expect(requests[1]?.patch).toEqual({ name: 'b', pace: 1 });
  });

  it('saves at once when the page asks, and says whether everything is saved', async () => {
    const { autosave, requests } = rig();
    autosave.change({ pace: 2 });
    const done = autosave.flush();
    await vi.advanceTimersByTimeAsync(0);
    await requests[0]?.answer();
    await expect(done).resolves.toBe(true);
    await expect(autosave.flush()).resolves.toBe(true);
    expect(requests).toHaveLength(1);
  });

  it('sends nothing more after somebody else changed the record, until the person decides', async () => {
    const { autosave, requests, states } = rig();
    autosave.change({ name: 'mine' });
    await vi.advanceTimersByTimeAsync(700);
    await requests[0]?.answer(stale);
    expect(states.at(-1)).toBe('stale');
    autosave.change({ pace: 5 });
    await vi.advanceTimersByTimeAsync(5_000);
    await expect(autosave.flush()).resolves.toBe(false);
    expect(requests).toHaveLength(1);
    autosave.goOn(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(requests[1]?.patch).toEqual({ name: 'mine', pace: 5 });
  });

  it('drops what is unsaved when the other version is taken', async () => {
    const { autosave, requests } = rig();
    autosave.change({ name: 'mine' });
    await vi.advanceTimersByTimeAsync(700);
    await requests[0]?.answer(stale);
    autosave.goOn(false);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(autosave.pending).toEqual({});
    expect(requests).toHaveLength(1);
  });
});

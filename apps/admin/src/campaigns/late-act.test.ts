import { LateActs } from './late-act';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('an act that can be taken back', () => {
  it('happens once, after its time', async () => {
    const acts = new LateActs(10_000);
    const act = vi.fn(() => Promise.resolve());
    acts.begin('a', act);
    acts.begin('a', act);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(act).not.toHaveBeenCalled();
    expect(acts.get()).toMatchObject([{ key: 'a', phase: 'waiting' }]);
    await vi.advanceTimersByTimeAsync(1);
    expect(act).toHaveBeenCalledOnce();
    expect(acts.get()).toEqual([]);
  });

  it('does not happen once it was taken back', async () => {
    const acts = new LateActs(10_000);
    const act = vi.fn(() => Promise.resolve());
    acts.begin('a', act);
    expect(acts.undo('a')).toBe(true);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(act).not.toHaveBeenCalled();
  });

  it('can be done at once, and then not be taken back', async () => {
    const acts = new LateActs(10_000);
    let finish = (): void => undefined;
    const act = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    acts.begin('a', act);
    void acts.now('a');
    expect(acts.get()).toEqual([{ key: 'a', phase: 'doing' }]);
    expect(acts.undo('a')).toBe(false);
    acts.begin('a', act);
    finish();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(act).toHaveBeenCalledOnce();
  });

  it('stays with its error when it failed, until it is begun again', async () => {
    const acts = new LateActs(10_000);
    const error = new Error('refused');
    acts.begin('a', () => Promise.reject(error), 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(acts.get()).toEqual([{ key: 'a', phase: 'failed', error }]);
    acts.begin('a', () => Promise.resolve(), 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(acts.get()).toEqual([]);
  });
});

import { PasswordWork } from './password-work';

/** Work that ends when it is told to. */
function held() {
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const work = (i: number) => () => {
    begun.push(i);
    return new Promise<number>((resolve) => ends.push(() => resolve(i)));
  };
  return { ends, begun, work };
}

describe('password work', () => {
  it('makes two hashes at once, the others in their order, and goes on after one that fails', async () => {
    const passwords = new PasswordWork();
    const { ends, begun, work } = held();
    const fails = passwords.hash(() => Promise.reject(new Error('No memory.')));
    const all = [0, 1, 2, 3].map((i) => passwords.hash(work(i)));
    await expect(fails).rejects.toThrow('No memory.');
    expect(begun).toEqual([0, 1]);
    ends[1]?.();
    await all[1];
    expect(begun).toEqual([0, 1, 2]);
    for (const end of ends) end();
    await Promise.all(all.slice(0, 3));
    ends[3]?.();
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3]);
    expect(await passwords.hash(() => Promise.resolve('free'))).toBe('free');
  });

  it('refuses a try to sign in while 64 are under way', async () => {
    const passwords = new PasswordWork();
    const { ends, work } = held();
    const all = Array.from({ length: 64 }, (_, i) => passwords.attempt(work(i)));
    await expect(passwords.attempt(work(64))).rejects.toMatchObject({ code: 'unavailable', reason: 'busy' });
    for (const end of ends) end();
    await Promise.all(all);
    expect(await passwords.attempt(() => Promise.resolve('free'))).toBe('free');
  });
});

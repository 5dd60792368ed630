import { TenantTurns } from './tenant-turns';

/** Keeps the thread busy for some ms. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('turns of tenants on a thread', () => {
  it('run one after another for a tenant, in their order, with others between', async () => {
    const turns = new TenantTurns();
    const ran: string[] = [];
    const piece = (tenant: string, name: string) => turns.take(tenant, () => (ran.push(name), work(2)));
    await Promise.all([piece('a', 'a1'), piece('a', 'a2'), piece('a', 'a3'), piece('b', 'b1')]);
    expect(ran.filter((name) => name.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(ran.indexOf('b1')).toBeLessThan(ran.indexOf('a2'));
  });

  it('go on after work that throws', async () => {
    const turns = new TenantTurns();
    const failed = turns.take('a', () => {
      throw new Error('no');
    });
    const next = turns.take('a', () => 'yes');
    await expect(failed).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
  });
});

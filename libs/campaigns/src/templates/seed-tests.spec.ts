import { AppError } from '@heliograph/kernel';
import { defaultTenantSettings, type KnownTenant } from '@heliograph/tenants';
import type { Campaigns } from '../campaigns.repository';
import type { VerdictPeople } from '../launch/verdict-people.repository';
import { SeedTests } from './seed-tests';
import type { TemplateTrial } from './template-trial';
import type { Templates } from './templates.repository';

const tenant = { id: 't', settings: { ...defaultTenantSettings, seed_list_id: 'seeds' } } as KnownTenant;
const busy = () => new AppError('unavailable', 'busy', 'Try again.');

describe('a test to a seed list', () => {
  /** Tests to people `p0`, `p1` and so on, with what becomes of each who has a session. */
  function testOf(sends: (() => unknown)[], sessionId: string | null = 's') {
    const rows = sends.map((_, at) => ({ contactId: `p${at}`, name: null, address: `+44770090000${at}`, sessionId, reason: null }));
    const send = jest.fn(async (_tenant: unknown, _template: unknown, { to }: { to: string }) => sends[Number(to.at(-1))]?.());
    const tests = new SeedTests(
      { get: async () => ({ message: { template_id: 'x', template_version: 1 }, run: null }) } as unknown as Campaigns,
      { list: async () => ({ rows, next: null }) } as unknown as VerdictPeople,
      { get: async () => ({}) } as unknown as Templates,
      { send } as unknown as TemplateTrial,
    );
    return { send, outcome: () => tests.send(tenant, 'c', undefined, {}) };
  }
  const sent = () => ({ id: 'm' });
  const fails = (error: Error) => () => {
    throw error;
  };

  it('tells an error of one person beside the messages of the others, so that nobody gets a second one', async () => {
    const { outcome } = testOf([sent, fails(busy()), sent]);
    expect(await outcome()).toMatchObject([
      { message: { id: 'm' }, reason: null },
      { message: null, reason: 'busy' },
      { message: { id: 'm' }, reason: null },
    ]);
  });

  it('fails as a whole before anything is sent, and keeps its key after', async () => {
    await expect(testOf([fails(busy()), sent]).outcome()).rejects.toMatchObject({ reason: 'busy', details: {} });
    await expect(testOf([fails(new Error('lost')), sent]).outcome()).rejects.toThrow('lost');
    await expect(testOf([sent, fails(new Error('lost'))]).outcome()).rejects.toMatchObject({ details: { isDone: true } });
  });

  it('sends nothing over a number that is none of the campaign', async () => {
    const { outcome, send } = testOf([sent, sent], null);
    expect((await outcome()).map(({ message, reason }) => [message, reason])).toEqual([
      [null, 'no_session'],
      [null, 'no_session'],
    ]);
    expect(send).not.toHaveBeenCalled();
  });
});

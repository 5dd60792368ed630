import { screen } from '@testing-library/react';
import type { components } from '../providers/api-types';
import { server } from '../testing/server';
import { show } from '../testing/show';
import { calledOf } from './message-call';
import { MessageSteps, type Step, type Wait } from './message-steps';

type Message = components['schemas']['Message'];
type Call = Message['calls'][number];

const start = Date.parse('2026-11-24T14:02:11.000Z');
const at = (ms: number) => new Date(start + ms).toISOString();
const step = (ms: number, from: string, to: string, attempt: number): Step => ({
  at: at(ms),
  from,
  to,
  attempt,
  cause: null,
  detail: null,
  actor: null,
});
const steps = [
  step(4_827, 'queued', 'calling', 1),
  step(5_000, 'calling', 'queued', 1),
  step(7_300, 'queued', 'calling', 2),
  step(7_700, 'calling', 'sent', 2),
  step(8_000, 'sent', 'delivered', 2),
];
const wait = (reason: Wait['reason'], from: number, until: number, ahead: number | null = null): Wait => ({
  reason,
  from: at(from),
  until: at(until),
  duration_ms: until - from,
  ahead,
});
const call: Call = {
  attempt: 1,
  at: at(4_827),
  ended_at: at(5_000),
  outcome: 'queued',
  cause: 'throttled',
  detail: null,
  duration_ms: 173,
  http_status: 429,
  answer: '{"message":"Slow down"}',
  retry_after_ms: 2_000,
  request: { to: '+5511987654321', file_url: null, quoted_id: null },
};
const calls: Call[] = [
  call,
  {
    ...call,
    attempt: 2,
    outcome: 'sent',
    duration_ms: 391,
    http_status: 200,
    answer: null,
    retry_after_ms: null,
    request: { ...call.request, to: '+551187654321' },
  },
];
const called = calledOf({ calls, type: 'text', message: { content: { text: 'Hello' } }, provider_message_id: '61400001' } as Message);
const hook = {
  id: '7',
  received_at: at(7_990),
  read_at: null,
  event: 'messages.update',
  says: ['delivered'],
  outcome: 'applied',
  body: null,
};

describe('the steps of a message', () => {
  beforeEach(() => (server.answer = () => ({ data: [], next_cursor: null })));
  const lines = () => screen.getAllByRole('listitem').map(({ textContent }) => textContent.replace(/[\u00a0\u202f]/g, ' '));

  it('say at each call what was waited for, and nothing of waits that nobody notices', () => {
    const waits = [wait('session', 0, 3_000), wait('lane', 3_000, 4_827, 1), wait('provider', 5_000, 7_100), wait('pace', 7_100, 7_300)];
    show(<MessageSteps steps={steps} accepted={{ at: at(0) }} waits={waits} numberName="Orders" />);
    const [, first, back, second, sent] = lines();
    expect(first).toContain('Waited 3 s for Orders, which was not connected or was held.');
    expect(first).toContain('Waited 1.8 s for the pace of Orders; 1 message went first.');
    expect(second).toContain('Waited 2.1 s for the end of a pause of Orders after an answer of the provider.');
    expect([second?.match(/Waited/g)?.length, back?.includes('Waited'), sent?.includes('Waited')]).toEqual([1, false, false]);
  });

  it('show the request and the answer of each attempt, not those of another', () => {
    show(<MessageSteps steps={steps} called={called} />);
    const [first, , second] = lines();
    expect(first).toContain('to +5511987654321 · text · 5 characters');
    expect(first).toContain('answer 429 · 173 ms · asked to wait 2 s');
    expect(first).toContain('{"message":"Slow down"}');
    expect(second).toContain('to +551187654321 · text · 5 characters');
    expect(second).toContain('answer 200 · 391 ms · 61400001');
    expect(second).not.toContain('Slow down');
  });

  it('lead from a receipt to the hook that it came by', () => {
    show(<MessageSteps steps={steps} hooks={[hook]} />);
    const links = screen.getAllByRole('link').map((link) => [link.textContent, link.getAttribute('href')]);
    expect(links).toEqual([['Receipt by hook', '#hook-7']]);
    expect(lines().at(-1)).toContain('Receipt by hook');
  });
});

import { sampleEvents } from '../apps/simulator/src/hook-samples';
import { parseHook } from '../libs/providers/src/wasender/parse-hook';
import { fixtures } from '../libs/providers/testing/fixtures';
import { hookEvents } from '../libs/tenants/src/sessions/hook-token';

describe('the events that a session’s webhook subscribes to', () => {
  /** Events of the provider that repeat what `messages.received` contains. */
  const repeats = ['messages-personal.received', 'messages-group.received', 'messages-newsletter.received'];
  const documented = fixtures()
    .filter(({ kind }) => kind === 'webhook')
    .map(({ request }) => (request.body as { event: string }).event);
  const isParsed = (event: string) => parseHook(JSON.stringify({ event, data: {} })).kind !== 'unhandled';

  it('are those that the parser reads, of all that the provider documents', () => {
    const parsed = new Set([...documented, ...sampleEvents].filter(isParsed));
    expect([...parsed].filter((event) => !repeats.includes(event)).sort()).toEqual([...hookEvents].sort());
  });
});

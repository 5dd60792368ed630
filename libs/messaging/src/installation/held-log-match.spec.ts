import fc from 'fast-check';
import type { MessageLogRow } from '@heliograph/providers';
import { matchHeld as match } from './held-log-match';
import type { HeldMessage } from './held-messages.repository';

const message = (id: string, recipient: string, text: string, isHeld = true): HeldMessage => ({
  id,
  recipient,
  body: { content: { kind: 'text', text } },
  isHeld,
});
const row = (id: number, to: string | null, text: string | null, status: MessageLogRow['status'] = 'sent'): MessageLogRow => ({
  providerMessageId: String(id),
  to,
  text,
  status,
  failedReason: null,
  createdAt: new Date(1_000 * id),
});

const matchHeld = (messages: HeldMessage[], rows: MessageLogRow[]) => match(messages, rows, (address) => address);

describe('matching held messages with the provider’s log', () => {
  it('matches each row to the first equal message, in the order of the log', () => {
    const found = matchHeld(
      [message('a', '+1', 'x'), message('b', '+1', 'x'), message('c', '+1', 'x')],
      [row(2, '+1', 'x'), row(1, '+1', 'x')],
    );
    expect([...found].map(([id, { providerMessageId }]) => [id, providerMessageId])).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
  });

  it('accepts no row that may belong to a message in flight, unless the log shows all of them', () => {
    const alike = [message('a', '+1', 'x'), message('b', '+1', 'x', false)];
    expect(matchHeld(alike, [row(1, '+1', 'x')]).size).toBe(0);
    expect([...matchHeld(alike, [row(1, '+1', 'x'), row(2, '+1', 'x')]).keys()]).toEqual(['a']);
  });

  it('accepts no rows that failed or have no stored contents', () => {
    expect(matchHeld([message('a', '+1', '')], [row(1, '+1', '', 'failed'), row(2, null, null)]).size).toBe(0);
  });

  it('never proves more messages to a person than the log shows, and uses each row once', () => {
    const to = fc.constantFrom('+1', '+2');
    const text = fc.constantFrom('x', 'y');
    fc.assert(
      fc.property(fc.array(fc.tuple(to, text, fc.boolean())), fc.array(fc.tuple(to, text)), (asked, logged) => {
        const messages = asked.map(([recipient, of, isHeld], i) => message(String(i), recipient, of, isHeld));
        const found = matchHeld(
          messages,
          logged.map(([recipient, of], i) => row(i, recipient, of)),
        );
        const ids = [...found.values()].map(({ providerMessageId }) => providerMessageId);
        expect(new Set(ids).size).toBe(ids.length);
        for (const [id, { to: shown }] of found) expect(messages[Number(id)]).toMatchObject({ recipient: shown, isHeld: true });
      }),
    );
  });
});

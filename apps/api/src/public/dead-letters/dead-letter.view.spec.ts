import type { DeadLetter } from '@heliograph/dead-letters';
import { keyActor } from '@heliograph/kernel/testing';
import fc from 'fast-check';
import { asCsv } from './dead-letter.view';

const heading = 'id,kind,subject_id,session_id,group_id,cause,detail,created_at,state,resolved_at,resolved_by,resolution\r\n';
const letter: DeadLetter = {
  id: 'l1',
  kind: 'message',
  subjectId: 'm1',
  sessionId: 's1',
  groupId: null,
  cause: 'invalid_recipient',
  detail: null,
  createdAt: new Date('2026-11-23T09:00:02Z'),
  state: 'resolved',
  resolvedAt: new Date('2026-11-24T10:00:00.5Z'),
  resolvedBy: keyActor('desk'),
  resolution: 'discarded',
  redrivenTo: null,
  seen: 1,
  lastSeenAt: null,
};

async function csvOf(...pages: DeadLetter[][]): Promise<string> {
  async function* read() {
    for (const page of pages) yield await Promise.resolve(page);
  }
  let text = '';
  for await (const part of asCsv(read())) text += part;
  return text;
}
const rowOf = (detail: string) =>
  `l1,message,m1,s1,,invalid_recipient,${detail},2026-11-23T09:00:02.000Z,resolved,2026-11-24T10:00:00.500Z,desk,discarded\r\n`;

describe('the CSV of dead letters', () => {
  it('has a heading and one line per letter, over all pages', async () => {
    expect(await csvOf([letter, letter], [], [letter])).toBe(heading + rowOf('').repeat(3));
    expect(await csvOf()).toBe(heading);
  });

  it.each([
    ['plain', 'not on WhatsApp', 'not on WhatsApp'],
    ['empty', '', ''],
    ['with a comma', 'no, never', '"no, never"'],
    ['with quotes', 'said "no"', '"said ""no"""'],
    ['with an end of line', 'one\r\ntwo', '"one\r\ntwo"'],
    ['with a line feed', 'one\ntwo', '"one\ntwo"'],
    ['with a carriage return', 'one\rtwo', '"one\rtwo"'],
    ['with a tab inside', 'one\ttwo', 'one\ttwo'],
    ['with spaces around', ' no ', ' no '],
    ['of an equals sign', '=1+1', "'=1+1"],
    ['of a plus', '+44', "'+44"],
    ['of a minus', '-1', "'-1"],
    ['of an at', '@SUM(A1)', "'@SUM(A1)"],
    ['of a tab', '\t=1', "'\t=1"],
    ['of a carriage return', '\r=1', `"'\r=1"`],
    ['of a wide equals sign', '＝1', "'＝1"],
    ['of a wide plus', '＋1', "'＋1"],
    ['of a wide minus', '－1', "'－1"],
    ['of a wide at', '＠A', "'＠A"],
    ['of a formula with a comma and quotes', '=HYPERLINK("http://x",1)', `"'=HYPERLINK(""http://x"",1)"`],
  ])('writes a detail %s so that a spreadsheet reads it as text', async (_what, detail, cell) => {
    expect(await csvOf([{ ...letter, detail }])).toBe(heading + rowOf(cell));
  });

  it('quotes only where needed, whatever the detail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (detail) => {
        const text = /^[=+\-@\t\r＝＋－＠]/.test(detail) ? `'${detail}` : detail;
        const cell = /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        expect(await csvOf([{ ...letter, detail }])).toBe(heading + rowOf(cell));
      }),
    );
  });
});

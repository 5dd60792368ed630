import fc from 'fast-check';
import { newId } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { Entries, reactionsTo } from '../src/entries.repository';

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterAll(() => database.close());

const [asha, ashaLid, bela] = ['+5491123456701', '230000000000007@lid', '+447700900102'];
const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 10, 0, second));

/** An entry, and a function that stores reactions to it. */
async function anEntry() {
  const { db } = database;
  const place = { tenantId: newId(), sessionId: newId(), keyId: '3A01' };
  await db.query(`INSERT INTO entries (tenant_id, session_id, key_id, id, kind, text) VALUES ($1, $2, $3, $4, 'text', 'At seven?')`, [
    place.tenantId,
    place.sessionId,
    place.keyId,
    newId(),
  ]);
  const react = (...reactions: [author: string | null, emoji: string | null, second: number][]) =>
    db.transaction(async (tx) => {
      const { known } = await new Entries().change(
        tx,
        reactions.map(([author, text, second]) => ({ ...place, kind: 'reaction', author, text, at: at(second) })),
      );
      expect(known).toEqual(reactions.map(() => true));
    });
  const shown = async () => {
    const [row] = await db.query<{ reactions: { author: string | null; emoji: string }[] }>(
      `SELECT ${reactionsTo('$2::uuid', '$3::text')} AS reactions FROM (SELECT $1::uuid) t`,
      [place.tenantId, place.sessionId, place.keyId],
    );
    return row!.reactions.map(({ author, emoji }) => `${author} ${emoji}`).sort();
  };
  const pair = () => db.query(`INSERT INTO address_pairs (tenant_id, lid, phone) VALUES ($1, $2, $3)`, [place.tenantId, ashaLid, asha]);
  return { react, shown, pair };
}

describe('reactions', () => {
  it('that are withdrawn before they arrive stay absent, even within one second, and a later one counts', async () => {
    const { react, shown } = await anEntry();
    await react([asha, null, 5]);
    await react([asha, '👍', 3]);
    expect(await shown()).toEqual([]);
    await react([bela, null, 4]);
    await react([bela, '👍', 4]);
    expect(await shown()).toEqual([]);
    await react([asha, '🎉', 6]);
    expect(await shown()).toEqual([`${asha} 🎉`]);
  });

  it('from a number, its other spelling and the privacy id belong to one person', async () => {
    const { react, shown, pair } = await anEntry();
    await react([asha, '👍', 1], [ashaLid, '❤️', 2], [bela, '👍', 3], [null, '🙏', 3]);
    expect(await shown()).toHaveLength(4);
    await pair();
    expect(await shown()).toEqual([`${bela} 👍`, `${ashaLid} ❤️`, 'null 🙏'].sort());
    await react(['+541123456701', null, 4]);
    expect(await shown()).toEqual([`${bela} 👍`, 'null 🙏'].sort());
  });

  it('give the same result in every order: the latest of each person', async () => {
    const reaction = fc.record({ author: fc.constantFrom(asha, ashaLid, bela), emoji: fc.constantFrom('👍', '❤️', null) });
    await fc.assert(
      fc.asyncProperty(fc.array(reaction, { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.nat()), async (given, picks) => {
        const reactions = given.map(({ author, emoji }, second): [string, string | null, number] => [author, emoji, second]);
        const { react, shown, pair } = await anEntry();
        await pair();
        const left = [...reactions];
        while (left.length > 0) await react(...left.splice((picks.next().value as number) % left.length, 1));
        const latest = new Map(reactions.map((one) => [one[0] === ashaLid ? asha : one[0], one]));
        const expected = [...latest].flatMap(([author, [, emoji]]) => (emoji ? [`${author} ${emoji}`] : [])).sort();
        expect((await shown()).map((one) => one.replace(ashaLid, asha)).sort()).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});

import { hashedAddress, twinOf } from '@heliograph/contacts';
import { type Actor, type Database, newId } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import fc from 'fast-check';
import { audienceOf } from '../src/launch/audience.repository';
import { type SkipReason, verdictSql } from '../src/launch/verdict.repository';
import { aCampaignBody, anImport, aTemplate, aTenantWith, campaignParts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());

const addressKinds = ['plain', 'brazilian', 'other spelling', 'lid', 'lid of a number', 'handle', 'broken'] as const;
/** Cells that a person has in the file of the audience and in another one, beside the value that the campaign has for everybody. */
const cells = ['both', 'own', 'other', 'blank and other', 'blank', 'none'] as const;

/** A person as a test makes them. Numbers stand for addresses, of which each contact has its own. */
interface Person {
  addresses: (typeof addressKinds)[number][];
  consent: 'opt_in' | 'opt_out' | null;
  suppressed: 'opt_out' | 'bad_number' | 'manual' | 'hashed' | 'other spelling' | 'expired' | 'agency' | null;
  hasName: boolean;
  isListed: boolean;
  isImported: boolean;
  city: (typeof cells)[number];
  isMerged: boolean;
}

const person: fc.Arbitrary<Person> = fc.record({
  addresses: fc.uniqueArray(fc.constantFrom(...addressKinds), { maxLength: 2 }),
  consent: fc.constantFrom('opt_in', 'opt_in', 'opt_in', 'opt_out', null),
  suppressed: fc.constantFrom(null, null, null, 'opt_out', 'bad_number', 'manual', 'hashed', 'other spelling', 'expired', 'agency'),
  hasName: fc.boolean(),
  isListed: fc.boolean(),
  isImported: fc.boolean(),
  city: fc.constantFrom(...cells),
  isMerged: fc.constantFrom(false, false, false, true),
});
const options = fc.record({
  requires_consent: fc.boolean(),
  needs: fc.constantFrom('nothing', 'name', 'city'),
  hasCity: fc.constantFrom(false, false, true),
  isExempt: fc.boolean(),
});
type Options = typeof options extends fc.Arbitrary<infer T> ? T : never;

const anybody: Person = {
  addresses: ['plain'],
  consent: 'opt_in',
  suppressed: null,
  hasName: true,
  isListed: true,
  isImported: false,
  city: 'own',
  isMerged: false,
};

/** Two contacts of one person, of whom the second to come would be written to at another number. */
const sameByAnotherNumber: Person[] = [
  { ...anybody, addresses: ['brazilian'] },
  { ...anybody, addresses: ['other spelling', 'plain'] },
];

/** People with a verdict of every kind: the second is the first by another spelling. */
const oneOfEach: Person[] = [
  { ...anybody, addresses: ['brazilian'] },
  { ...anybody, addresses: ['other spelling'] },
  { ...anybody, consent: null },
  { ...anybody, hasName: false },
  { ...anybody, addresses: [] },
  { ...anybody, addresses: ['broken'] },
  { ...anybody, isListed: false, isImported: true },
  ...(['bad_number', 'manual', 'opt_out'] as const).map((suppressed) => ({ ...anybody, suppressed })),
];

/** A contact as it is stored. */
interface Contact extends Person {
  id: string;
  all: string[];
}

/** Numbers that the contacts of one world share: the contact with another spelling, or the privacy id, of number 0 is the same person. */
const phoneOf = (world: number, i: number, kind: Person['addresses'][number]): string => {
  const number = String(10_000_000 * 6 + ((world * 100 + i) % 9_999_999)).slice(-8);
  switch (kind) {
    case 'plain':
      return `+4477${number}`;
    case 'brazilian':
      return `+55119${6}${number.slice(1)}`;
    case 'other spelling':
      // Of the contact before it.
      return `+55116${phoneOf(world, i - 1, 'brazilian').slice(-7)}`;
    case 'lid':
      return `${world}${i}@lid`;
    case 'lid of a number':
      return `${world}9${i}@lid`;
    case 'handle':
      return `@h${world}x${i}`;
    case 'broken':
      return `x${world}x${i}`;
  }
};
const pairOf = (world: number, i: number) => ({ lid: phoneOf(world, i, 'lid of a number'), phone: phoneOf(world, i - 1, 'plain') });

const order = (address: string): number => (address.startsWith('+') ? 0 : address.endsWith('@lid') ? 1 : 2);

/** The verdict by a plain reading of its rules. */
function modelOf(
  contact: Contact,
  { audience, outside, pairs }: { audience: Contact[]; outside: Contact[]; pairs: { lid: string; phone: string }[] },
  of: Options,
) {
  const [address] = contact.all.toSorted((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  const city = contact.isImported ? cityOf(contact.city, of.hasCity) : of.hasCity ? 'Everywhere' : null;
  if (address === undefined) return { address: null, reason: 'no_address' as SkipReason, city };
  const others = contact.all.flatMap((own) => [
    twinOf(own),
    ...pairs.filter(({ lid }) => lid === own).map(({ phone }) => phone),
    ...pairs.filter(({ phone }) => phone === own).map(({ lid }) => lid),
  ]);
  const isDouble = audience.some((other) => other.id < contact.id && other.all.some((one) => others.includes(one)));
  const listed = suppressionsOf([...audience, ...outside]);
  const held = (reason: string, isStrict = false) =>
    listed.some((row) => row.reason === reason && [address, ...(isStrict ? [] : [twinOf(address)])].includes(row.address));
  const reason = ((): SkipReason | null => {
    if (address.startsWith('x')) return 'invalid_address';
    if (isDouble) return 'duplicate';
    if (held('opt_out') && !of.isExempt) return 'opted_out';
    if (held('manual')) return 'suppressed';
    if (held('bad_number', true)) return 'not_on_whatsapp';
    if (held('agency')) return 'suppressed';
    if (of.requires_consent && contact.consent === 'opt_out') return 'opted_out';
    if (of.requires_consent && contact.consent === null) return 'no_consent';
    if (of.needs === 'name' && !contact.hasName) return 'missing_variable';
    if (of.needs === 'city' && city === null) return 'missing_variable';
    return null;
  })();
  return { address, reason, city };
}

/** The city of somebody in the file: the file of the audience before the other one, and both before the campaign. */
function cityOf(kind: Person['city'], hasCity: boolean): string | null {
  if (kind === 'both' || kind === 'own') return 'Own';
  if (kind === 'other' || kind === 'blank and other') return 'Other';
  return hasCity ? 'Everywhere' : null;
}
const ownCells: Record<Person['city'], Record<string, string>> = {
  both: { city: 'Own' },
  own: { city: 'Own' },
  other: {},
  'blank and other': { city: ' ' },
  blank: { city: '\t' },
  none: {},
};
const hasOther = (kind: Person['city']) => kind === 'both' || kind === 'other' || kind === 'blank and other';

const suppressionsOf = (contacts: Contact[]) =>
  contacts.flatMap(({ all: [address], suppressed }) => {
    if (address === undefined || suppressed === null || suppressed === 'expired') return [];
    if (suppressed === 'hashed') return [{ address, reason: 'manual' }];
    if (suppressed === 'other spelling') return [{ address: twinOf(address) ?? address, reason: 'opt_out' }];
    return [{ address, reason: suppressed }];
  });

async function store(tenantId: string, contacts: Contact[], world: number): Promise<void> {
  const [target] = contacts.filter(({ isMerged }) => !isMerged);
  for (const one of contacts) {
    await db.query(`INSERT INTO contacts (tenant_id, id, name, merged_into) VALUES ($1, $2, $3, $4)`, [
      tenantId,
      one.id,
      one.hasName ? 'Ann' : null,
      one.isMerged ? target?.id : null,
    ]);
    if (!one.isMerged)
      await db.query(
        `INSERT INTO contact_addresses (tenant_id, address, contact_id, added_at) SELECT $1, a, $2, '2026-01-01' FROM unnest($3::text[]) a ON CONFLICT DO NOTHING`,
        [tenantId, one.id, one.all],
      );
    if (one.consent !== null)
      await db.query(
        `INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, source, actor, at)
         SELECT $1, gen_random_uuid(), $2, '', 'marketing', a, 'api', 'Test', at FROM (VALUES ($3, now()), (CASE $3 WHEN 'opt_in' THEN 'opt_out' ELSE 'opt_in' END, now() - interval '1 day')) v(a, at)`,
        [tenantId, one.id, one.consent],
      );
    // The undo of an import voided a later one, which counts for nobody.
    await db.query(
      `WITH said AS (INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, source, actor, at)
         VALUES ($1, gen_random_uuid(), $2, '', 'marketing', $3, 'fair', 'Test', now() + interval '1 second') RETURNING tenant_id, id, contact_id)
       INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, voids, source, actor)
       SELECT tenant_id, gen_random_uuid(), contact_id, '', 'marketing', 'void', id, 'import_undo', 'Test' FROM said`,
      [tenantId, one.id, one.consent === 'opt_in' ? 'opt_out' : 'opt_in'],
    );
    const [address] = one.all;
    if (address === undefined || one.suppressed === null || one.isMerged) continue;
    if (one.suppressed === 'agency')
      await db.query(`INSERT INTO agency_suppressions (address) VALUES ($1) ON CONFLICT DO NOTHING`, [address]);
    else
      await db.query(
        `INSERT INTO suppressions (tenant_id, address, reason, actor, expires_at) VALUES ($1, $2, $3, 'Test', $4) ON CONFLICT DO NOTHING`,
        [
          tenantId,
          one.suppressed === 'hashed'
            ? hashedAddress(address)
            : one.suppressed === 'other spelling'
              ? (twinOf(address) ?? address)
              : address,
          one.suppressed === 'hashed' || one.suppressed === 'expired'
            ? 'manual'
            : one.suppressed === 'other spelling'
              ? 'opt_out'
              : one.suppressed,
          one.suppressed === 'expired' ? new Date(0) : null,
        ],
      );
  }
  const pairs = contacts.map((_, i) => pairOf(world, i));
  await db.query(`INSERT INTO address_pairs (tenant_id, lid, phone) SELECT $1, * FROM unnest($2::text[], $3::text[])`, [
    tenantId,
    pairs.map(({ lid }) => lid),
    pairs.map(({ phone }) => phone),
  ]);
}

describe('the verdict on a person', () => {
  it('is that of a plain reading of its rules, for any address book', async () => {
    let world = 0;
    const seen = new Set<string | null>();
    await fc.assert(
      fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 12 }), options, async (people, of) => {
        world++;
        await db.query(`DELETE FROM agency_suppressions`);
        const { tenantId, sessionIds } = await aTenantWith(db, 2);
        const ids = people.map(() => newId()).sort();
        const taken = new Set<string>();
        const contacts = people.map((one, i): Contact => {
          // An address is of one contact.
          const isMerged = one.isMerged && i > 0;
          const all = isMerged ? [] : one.addresses.map((kind) => phoneOf(world, i, kind)).filter((address) => !taken.has(address));
          all.forEach((address) => taken.add(address));
          return { ...one, isMerged, id: ids[i] as string, all };
        });
        await store(tenantId, contacts, world);
        const listId = newId();
        await db.query(`INSERT INTO contact_lists (tenant_id, id, name, created_by) VALUES ($1, $2, 'Some', 'Test')`, [tenantId, listId]);
        await db.query(`INSERT INTO contact_list_members (tenant_id, list_id, contact_id) SELECT $1, $2, * FROM unnest($3::uuid[])`, [
          tenantId,
          listId,
          contacts.filter(({ isListed }) => isListed).map(({ id }) => id),
        ]);
        const inFile = contacts.filter(({ isImported, isMerged }) => isImported && !isMerged);
        const file = await anImport(db, tenantId, Object.fromEntries(inFile.map(({ id, city }) => [id, ownCells[city]])));
        const other = await anImport(
          db,
          tenantId,
          Object.fromEntries(inFile.filter(({ city }) => hasOther(city)).map(({ id }) => [id, { city: 'Other' }])),
        );
        const text = { nothing: 'Hello', name: 'Hello {{ contact.name }}', city: 'Hello {{ city }}' }[of.needs];
        const parts = campaignParts(db, {
          opt_out: { exempt_classes: of.isExempt ? ['broadcast'] : [], confirm_opt_out: null, confirm_opt_in: null },
        });
        const campaign = await parts.campaigns.create(
          tenantId,
          ann,
          await aCampaignBody(db, tenantId, {
            audience: {
              include: [
                { kind: 'list', id: listId },
                { kind: 'import', id: file },
              ],
            },
            message: {
              ...{ template_id: await aTemplate(db, tenantId, text), import_ids: [other] },
              variables: of.hasCity ? { city: 'Everywhere' } : {},
            },
            requires_consent: of.requires_consent,
          }),
        );
        const values: unknown[] = [tenantId];
        const input = await parts.verdicts.inputOf(tenantId, campaign);
        // A chunk may have people who are gone, or became somebody else, by the time of their verdict.
        const gone = [newId(), ...contacts.filter(({ isMerged }) => isMerged).map(({ id }) => id)];
        const all = `${audienceOf(values, input)} UNION ALL SELECT unnest($${values.push(gone)}::uuid[])`;
        const rows = await db.query<{ id: string; address: string; reason: SkipReason | null; sessionId: string; city: string | null }>(
          `SELECT contact_id AS id, address, reason, session_id AS "sessionId", vars->>'city' AS city FROM (${verdictSql(values, input, all)}) v ORDER BY contact_id`,
          values,
        );
        // Merged contacts became the first one: of all their consents the last counts.
        const lastConsent = contacts.findLast(({ isMerged, consent }, i) => consent !== null && (i === 0 || isMerged))?.consent ?? null;
        const current = contacts.filter(({ isMerged }) => !isMerged).map((one, i) => (i === 0 ? { ...one, consent: lastConsent } : one));
        const audience = current.filter(({ isListed, isImported }) => isListed || isImported);
        const outside = current.filter((one) => !audience.includes(one));
        const pairs = contacts.map((_, i) => pairOf(world, i));
        const expected = [
          ...audience.map((one) => ({ id: one.id, ...modelOf(one, { audience, outside, pairs }, of) })),
          ...gone.map((id) => ({ id, address: null, reason: 'deleted' as const, city: of.hasCity ? 'Everywhere' : null })),
        ].sort((a, b) => (a.id < b.id ? -1 : 1));
        expect(rows.map(({ id, address, reason, city }) => ({ id, address, reason, city }))).toEqual(
          expected.map((one) => ({ ...one, city: of.needs === 'city' ? one.city : null })),
        );
        rows.forEach(({ reason, sessionId }) => {
          seen.add(reason);
          expect(sessionIds).toContain(sessionId);
        });
        const counts = await parts.verdicts.count(tenantId, campaign);
        expect(counts).toMatchObject({ audience: audience.length, sendable: expected.filter(({ reason }) => reason === null).length });
      }),
      // Every reason is seen in every run: random address books may lack the rarest one.
      {
        numRuns: 60,
        examples: [
          [oneOfEach, { requires_consent: true, needs: 'name', hasCity: false, isExempt: false }],
          [sameByAnotherNumber, { requires_consent: true, needs: 'city', hasCity: true, isExempt: false }],
        ],
      },
    );
    expect([...seen].sort()).toEqual(
      [
        ...[null, 'deleted', 'duplicate', 'invalid_address', 'missing_variable', 'no_address', 'no_consent'],
        ...['not_on_whatsapp', 'opted_out', 'suppressed'],
      ].sort(),
    );
  }, 240_000);
});

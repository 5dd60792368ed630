import { type Actor, actorColumn, actorSchema, storedActor, systemActor } from '../src';
import { keyActor, openTestDatabase, type TestDatabase } from '../testing';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

async function readBack(name: string | null, ref: string | null, oldSystemNames?: string[]): Promise<Actor | null> {
  const column = actorColumn('x.actor', oldSystemNames && { oldSystemNames });
  const [row] = await test.db.query<{ actor: Actor | null }>(
    `SELECT ${column} AS actor FROM (SELECT $1::text AS actor, $2::text AS actor_ref) x`,
    [name, ref],
  );
  return row?.actor ?? null;
}

describe('an actor in a table', () => {
  it.each<Actor>([
    keyActor('Core application'),
    keyActor('key:of: everything'),
    { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Priya' },
    systemActor('opt_out_keyword'),
    { kind: 'system', id: 'a:b', name: 'system' },
  ])('is read as it was written: %j', async (actor) => {
    expect(await readBack(...storedActor(actor))).toEqual(actor);
    expect(actorSchema.parse(actor)).toEqual(actor);
  });

  it('has a name and no id where it was stored as text alone', async () => {
    expect(await readBack('Core application', null)).toEqual({ kind: 'key', id: null, name: 'Core application' });
    expect(await readBack('system', null)).toEqual({ kind: 'system', id: null, name: 'system' });
    expect(await readBack('contact', null, ['contact'])).toEqual({ kind: 'system', id: null, name: 'contact' });
    expect(await readBack(null, null)).toBeNull();
  });

  it('is written again in its stored form', async () => {
    const old = (await readBack('Core application', null)) as Actor;
    expect(storedActor(old)).toEqual(['Core application', null]);
  });
});

import { z } from 'zod';

export const actorKinds = ['key', 'person', 'system'] as const;

/** Author of an action: an API key, a person who signed in, or a part of the system. */
export interface Actor {
  kind: (typeof actorKinds)[number];
  /** Id of the key or person, or the stable name of the part of the system; null: stored before ids existed. */
  id: string | null;
  /** Name at the time of the action. */
  name: string;
}

/** An actor as the API returns it. */
export const actorSchema = z
  .object({
    kind: z.enum(actorKinds).meta({ description: '`key`: an API key; `person`: somebody who signed in; `system`: Heliograph itself.' }),
    id: z
      .string()
      .nullable()
      .meta({ description: 'Id of the key or the person, or a stable name of the part of the system. Null in old entries.' }),
    name: z.string().meta({ description: 'Name at the time it was done.' }),
  })
  .meta({
    id: 'Actor',
    description: 'Whoever did it, as authenticated.',
    example: { kind: 'key', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Core application' },
  });

/** Returns a part of the system as an actor. Its id is stable: clients may compare it. */
export function systemActor(id: string): Actor {
  return { kind: 'system', id, name: id.replaceAll('_', ' ') };
}

/** Returns the value of a `…_ref` column, `kind:id`, which accompanies the column of the name; null: the id is unknown. */
export function actorRef({ kind, id }: Actor): string | null {
  return id === null ? null : `${kind}:${id}`;
}

/** Returns the values of a name column and of its `…_ref` column, in this order. */
export function storedActor(actor: Actor): [name: string, ref: string | null] {
  return [actor.name, actorRef(actor)];
}

/**
 * SQL that returns the actor of a name column and its `…_ref` column as a JSON object; null where no name is stored.
 * Rows that were stored before ids existed have a name only: either an API key of that name or the system is the actor.
 * @param name SQL of the name column
 * @param oldSystemNames names that mean the system in such rows
 */
export function actorColumn(name: string, { ref = `${name}_ref`, oldSystemNames = ['system'] } = {}): string {
  const names = oldSystemNames.map((old) => `'${old}'`).join(', ');
  return `CASE WHEN ${name} IS NOT NULL THEN jsonb_build_object('name', ${name}, 'id', substr(${ref}, strpos(${ref}, ':') + 1),
    'kind', coalesce(split_part(${ref}, ':', 1), CASE WHEN ${name} IN (${names}) THEN 'system' ELSE 'key' END)) END`;
}

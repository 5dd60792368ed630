import { z } from 'zod';

export const actorKinds = ['key', 'person', 'system'] as const;

/** Whoever did something: an API key, a person who signed in, or a part of the system. */
export interface Actor {
  kind: (typeof actorKinds)[number];
  /** Id of the key or the person, or the stable name of the part of the system; null: stored before ids were. */
  id: string | null;
  /** Name at the time it was done. */
  name: string;
}

/** An actor as clients see it. */
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

/** A part of the system as an actor. Its id is stable: clients may compare it. */
export function systemActor(id: string): Actor {
  return { kind: 'system', id, name: id.replaceAll('_', ' ') };
}

/** The value of a `…_ref` column, `kind:id`, which stands beside the column of the name; null: no id is known. */
export function actorRef({ kind, id }: Actor): string | null {
  return id === null ? null : `${kind}:${id}`;
}

/** The values of a name column and of its `…_ref` column, in this order. */
export function storedActor(actor: Actor): [name: string, ref: string | null] {
  return [actor.name, actorRef(actor)];
}

/**
 * The actor of a name column and its `…_ref` column as SQL, a JSON object; null where no name is stored.
 * Rows from before there were ids have a name only: the API key of that name did it, or the system.
 * @param name SQL of the name column
 * @param oldSystemNames names that such rows have for the system
 */
export function actorColumn(name: string, { ref = `${name}_ref`, oldSystemNames = ['system'] } = {}): string {
  const names = oldSystemNames.map((old) => `'${old}'`).join(', ');
  return `CASE WHEN ${name} IS NOT NULL THEN jsonb_build_object('name', ${name}, 'id', substr(${ref}, strpos(${ref}, ':') + 1),
    'kind', coalesce(split_part(${ref}, ':', 1), CASE WHEN ${name} IN (${names}) THEN 'system' ELSE 'key' END)) END`;
}

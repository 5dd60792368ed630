import { z } from 'zod';

/**
 * A registry of items by name. Owners register items when they are loaded, and a configuration key selects from the names: roles of
 * workers, surfaces of the API. The kernel itself defines no names.
 */
export class Registry<T> {
  private readonly registered = new Map<string, T[]>();
  private readonly announced = new Set<string>();

  /** Adds an item under the name. */
  register(name: string, ...things: T[]): void {
    if (things.length > 0) this.registered.set(name, [...(this.registered.get(name) ?? []), ...things]);
  }

  /** Adds names without items, for a process that checks a configuration and runs nothing of it. */
  announce(...names: string[]): void {
    names.forEach((name) => this.announced.add(name));
  }

  /** Returns every known name, sorted. */
  get names(): string[] {
    return [...new Set([...this.registered.keys(), ...this.announced])].sort();
  }

  /** Returns all items registered under these names, in the order of registration. */
  of(names: readonly string[]): T[] {
    return [...this.registered].flatMap(([name, things]) => (names.includes(name) ? things : []));
  }

  /**
   * Returns the schema of a key that lists names, comma-separated; unset: all. An unknown name is refused with a list of the known ones,
   * since the process would start and do nothing. Names are not checked in a process that has loaded no owner.
   */
  readonly schema = z
    .string()
    .default(() => this.names.join(','))
    .transform((text) => [...new Set(text.split(',').flatMap((name) => name.trim() || []))])
    .superRefine((names, context) => {
      const { names: known } = this;
      if (known.length === 0 || (names.length > 0 && names.every((name) => known.includes(name)))) return;
      context.addIssue({ code: 'custom', message: `must be one or more of ${known.join(', ')}; every other name would do nothing` });
    });
}

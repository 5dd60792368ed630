import { z } from 'zod';

/**
 * Things that owners register under names when they are loaded, and that a key of the configuration picks from: roles of workers,
 * surfaces of the api. The kernel knows none of the names.
 */
export class Registry<T> {
  private readonly registered = new Map<string, T[]>();

  /** Adds to what the name stands for. */
  register(name: string, ...things: T[]): void {
    if (things.length > 0) this.registered.set(name, [...(this.registered.get(name) ?? []), ...things]);
  }

  /** Every name that stands for something, sorted. */
  get names(): string[] {
    return [...this.registered.keys()].sort();
  }

  /** Everything that is registered under these names, in the order of registration. */
  of(names: readonly string[]): T[] {
    return [...this.registered].flatMap(([name, things]) => (names.includes(name) ? things : []));
  }

  /**
   * The schema of a key that holds names, comma-separated; unset: all. A name that stands for nothing is refused with the list of those
   * that do, since a process would start and do nothing. Names are not checked in a process that has loaded no owner.
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

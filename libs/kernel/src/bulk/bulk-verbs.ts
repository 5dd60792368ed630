import { Injectable } from '@nestjs/common';
import type { BulkVerb } from './bulk-verb';

/** Verbs that this process knows. Each lib registers its own at start. */
@Injectable()
export class BulkVerbs {
  private readonly verbs = new Map<string, BulkVerb>();

  register<I extends { id: string }>(verb: BulkVerb<I>): void {
    this.verbs.set(verb.kind, verb);
  }

  /** Returns undefined when this process does not know the kind. */
  find(kind: string): BulkVerb | undefined {
    return this.verbs.get(kind);
  }

  /** @throws Error when this process does not know the kind */
  get(kind: string): BulkVerb {
    const verb = this.verbs.get(kind);
    if (!verb) throw new Error(`This process has no bulk verb of the kind ${kind}.`);
    return verb;
  }

  /** Returns the kinds whose jobs a caller with these scopes may see. */
  readableWith(scopes: ReadonlySet<string>): string[] {
    return [...this.verbs.values()].filter((verb) => scopes.has(verb.reads)).map(({ kind }) => kind);
  }
}

import { z } from 'zod';

/** Meaning of a cause, for people; shared by the API and every screen. */
export interface Reason {
  code: string;
  text: string;
  whatToDo: string;
  /** True when a redrive can help. */
  redriveHelps: boolean;
  /** Warning that a redrive may do the same work twice. A redrive then needs consent. */
  mayDuplicate?: string;
}

/** A kind of dead letter, as its owner declares it. */
export interface LetterKind {
  name: string;
  /** Place among the kinds in lists and in the API document, lowest first. */
  place: number;
  /** Every cause that letters of this kind, or their subjects, may have. */
  reasons: readonly Reason[];
  /**
   * SQL of a JSON object about the subject of the letter with this alias, for libs that report letters. The object is null when the subject
   * was deleted. Absent: these libs need only the letter.
   */
  subjectSql?: (letter: string) => string;
}

const kinds = new Map<string, LetterKind>();

/**
 * Declares a kind of letter. Its owner calls this when it is loaded, so that every lib that can open such letters knows the kind.
 * @throws Error when the name, or the code of a reason, is declared already
 */
export function declareLetterKind(kind: LetterKind): LetterKind {
  if (kinds.has(kind.name)) throw new Error(`The dead letter kind ${kind.name} is declared twice.`);
  const known = new Set(allReasons().map(({ code }) => code));
  const twice = kind.reasons.filter(({ code }, i) => known.has(code) || kind.reasons.findIndex((other) => other.code === code) < i);
  if (twice.length > 0) throw new Error(`Reasons are declared twice: ${twice.map(({ code }) => code).join(', ')}.`);
  kinds.set(kind.name, kind);
  return kind;
}

/** Returns the kinds of the libs that this process has loaded. */
export function letterKinds(): LetterKind[] {
  return [...kinds.values()].sort((a, b) => a.place - b.place);
}

/** @throws Error when no lib declares the kind */
export function letterKindOrThrow(name: string): LetterKind {
  const kind = kinds.get(name);
  if (!kind) throw new Error(`No lib declares the dead letter kind ${name}.`);
  return kind;
}

/** Schema of the name of a kind. Evaluated lazily, after every lib has declared its kinds. */
export const letterKindName = z.lazy(() => z.enum(letterKinds().map(({ name }) => name)));

/** Returns the reasons of all kinds. */
export function allReasons(): Reason[] {
  return letterKinds().flatMap(({ reasons }) => [...reasons]);
}

export function reasonOf(cause: string): Reason | undefined {
  return allReasons().find(({ code }) => code === cause);
}

/** Returns the causes of letters whose redrive needs consent. */
export function causesThatMayDuplicate(): string[] {
  return allReasons().flatMap(({ code, mayDuplicate }) => (mayDuplicate ? [code] : []));
}

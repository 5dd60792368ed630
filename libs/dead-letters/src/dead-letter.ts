import type { Actor } from '@heliograph/kernel';

/** Work that needs a person. */
export interface DeadLetter {
  id: string;
  /** Name of its `LetterKind`. */
  kind: string;
  subjectId: string;
  sessionId: string | null;
  groupId: string | null;
  cause: string;
  detail: string | null;
  createdAt: Date;
  state: 'open' | 'redriven' | 'discarded' | 'resolved';
  resolvedAt: Date | null;
  resolvedBy: Actor | null;
  resolution: string | null;
  redrivenTo: string | null;
  /** Number of times the same content came while it was open. */
  seen: number;
  /** Time it came last; null: it came once. */
  lastSeenAt: Date | null;
}

/** Members that narrow a list or a redrive. */
export interface DeadLetterFilter {
  kind?: string | undefined;
  cause?: string | undefined;
  sessionId?: string | undefined;
  groupId?: string | undefined;
}

/** One step that the subject of a letter went through. */
export interface LetterStep {
  at: Date;
  from: string;
  to: string;
  attempt: number;
  cause: string | null;
  detail: string | null;
  /** Null: it is not known. */
  actor: Actor | null;
}

/** A letter with what led to it. */
export interface DeadLetterDetail extends DeadLetter {
  /** Steps of its subject, oldest first; empty for kinds that keep none. */
  trail: LetterStep[];
}

/** A letter to be opened. A second one about the same subject, or with the same content, is the same letter while it is open; contents are counted. */
export interface NewDeadLetter {
  tenantId: string;
  kind: string;
  subjectId: string;
  sessionId: string | null;
  cause: string;
  detail: string | null;
  /** SHA-256 of what came, where it has no id by which it could be known again. */
  contentHash?: Buffer;
}

/** A letter that was just opened. */
export type OpenedLetter = Pick<DeadLetter, 'id' | 'kind' | 'subjectId' | 'sessionId' | 'groupId' | 'cause' | 'detail' | 'createdAt'> & {
  /** The transaction that wrote it. */
  tx: string;
  tenantId: string;
  /** Data about the subject, as `LetterKind.subjectSql` reads it; null: none. */
  subject: unknown;
};

/** A letter that the caller has taken to redrive it. */
export type TakenLetter = Pick<DeadLetter, 'id' | 'kind' | 'cause' | 'subjectId'>;

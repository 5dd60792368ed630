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
  /** Number of times the same content arrived while the letter was open. */
  seen: number;
  /** Time of the last arrival; null when it arrived once. */
  lastSeenAt: Date | null;
}

/** Filters of a list or a redrive. */
export interface DeadLetterFilter {
  kind?: string | undefined;
  cause?: string | undefined;
  sessionId?: string | undefined;
  groupId?: string | undefined;
  subjectId?: string | undefined;
  ids?: string[] | undefined;
  createdFrom?: Date | undefined;
  createdTo?: Date | undefined;
  /** Detail without what differs from letter to letter, as the part `detail` has it. */
  detail?: string | undefined;
  /** Calling code of the recipient. */
  prefix?: string | undefined;
  /** Template that made the message. */
  templateId?: string | undefined;
  /** Letters that have no value of this part. */
  without?: LetterPart | undefined;
}

/** Members by which the letters of a cause are parted: words of the provider, session, calling code of the recipient, template, group. */
export const letterParts = ['detail', 'session', 'prefix', 'template', 'group'] as const;
export type LetterPart = (typeof letterParts)[number];

/** Letters of a cause with the same value of a part. */
export interface LetterPartCount {
  /** Null: they have none. */
  value: string | null;
  count: number;
  firstAt: Date;
  lastAt: Date;
}

/** A change of many subjects that is applied with their redrive. */
export interface LetterRepair {
  /** Session that sends them instead. */
  sessionId?: string;
  /** Country (ISO 3166-1 alpha-2) whose national numbers the recipients are. */
  country?: string;
}

/** One step in the history of a letter's subject. */
export interface LetterStep {
  at: Date;
  from: string;
  to: string;
  attempt: number;
  cause: string | null;
  detail: string | null;
  /** Null when the actor is not known. */
  actor: Actor | null;
}

/** A letter with the history of its subject. */
export interface DeadLetterDetail extends DeadLetter {
  /** Steps of its subject, oldest first; empty for kinds without a history. */
  trail: LetterStep[];
}

/**
 * A letter to open. While a letter is open, a second one about the same subject, or with the same content, is the same letter; repeats of a
 * content are counted.
 */
export interface NewDeadLetter {
  tenantId: string;
  kind: string;
  subjectId: string;
  sessionId: string | null;
  cause: string;
  detail: string | null;
  /** SHA-256 of the content, when it has no id by which a repeat is recognised. */
  contentHash?: Buffer;
}

/** A letter that was just opened. */
export type OpenedLetter = Pick<DeadLetter, 'id' | 'kind' | 'subjectId' | 'sessionId' | 'groupId' | 'cause' | 'detail' | 'createdAt'> & {
  /** Id of the transaction that wrote it. */
  tx: string;
  tenantId: string;
  /** Data about the subject, as `LetterKind.subjectSql` reads it; null: none. */
  subject: unknown;
};

/** A letter that the caller has taken for a redrive. */
export type TakenLetter = Pick<DeadLetter, 'id' | 'kind' | 'cause' | 'subjectId'>;

/** Position in the order of death, the oldest letter first. */
export interface LetterPosition {
  /** Time of death with microseconds. */
  at: string;
  id: string;
}

/** A letter that waits for a decision, with its position. */
export type OpenLetter = TakenLetter & LetterPosition;

/** Open letters of a tenant with one kind and cause. */
export interface CauseGroup {
  tenantId: string;
  kind: string;
  cause: string;
  count: number;
  /** Part of the count that was opened within the last 24 hours. */
  recent: number;
  firstAt: Date;
  lastAt: Date;
  /** Letters by the half day in which they died, the last 7 days, the oldest first. */
  trend: number[];
}

import type { OriginKind } from '../message-origin';

/** Data that the body of a message is made of. */
export interface MessageSource {
  kind: OriginKind;
  data: unknown;
  isGuarded: boolean;
}

/** SQL: the `MessageSource` of the message `m`; null when it has a body. */
export const messageSourceOf = (m: string): string =>
  `CASE WHEN ${m}.body IS NULL THEN jsonb_build_object('kind', ${m}.origin->'kind', 'data', ${m}.source, 'isGuarded', ${m}.content_window_s IS NOT NULL) END`;

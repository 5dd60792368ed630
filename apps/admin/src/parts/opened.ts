import { useState } from 'react';

/** Header of a change that is refused when the record has another tag meanwhile. */
export const ifMatch = (tag: string | null | undefined): { 'If-Match'?: string } => (tag ? { 'If-Match': tag } : {});

/**
 * Keeps the version of a record that a form was opened with, while the page around it goes on reading: fields and tag always belong
 * together, so that a change of somebody else is refused and not written over.
 */
export function useOpened<T>(
  value: T,
  tag: string | null | undefined,
): {
  value: T;
  tag: string | null;
  header: { 'If-Match'?: string };
  /** Takes the tag of a newer version, for a person who was told of it and saves over it. */
  retag: (tag: string | null) => void;
} {
  const [opened] = useState(value);
  const [match, retag] = useState(tag ?? null);
  return { value: opened, tag: match, header: ifMatch(match), retag };
}

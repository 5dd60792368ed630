import { Button } from '@mui/material';
import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import type { Tagged } from '../providers/acts';
import { Note } from './page';
import { useUnsaved } from './unsaved';

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
  /** Takes the tag of a newer version, for a person who knows of it and saves over it. */
  retag: (tag: string | null) => void;
} {
  const [opened] = useState(value);
  const [match, retag] = useState(tag ?? null);
  return { value: opened, tag: match, header: ifMatch(match), retag };
}

/** A record of which a draft is edited. */
export interface Edited<T, D> {
  /** Newest version that was read. */
  newest: Tagged<T>;
  draft: D;
  change: (draft: D) => void;
  /** Header for saving the draft: the version that it was made of. */
  header: { 'If-Match'?: string };
  /** Another version was saved since; the draft is of the one before. */
  isBehind: boolean;
  /** Key of what shows the draft: another one when the draft was replaced. */
  round: number;
  /** Replaces the draft by the newest version. */
  takeTheirs: () => void;
  /** Keeps the draft, to be saved over the newest version. */
  keepMine: () => void;
  /** Takes the answer to an own change. @param sent the draft, when the change saved it */
  saved: (answer: Tagged<T>, sent?: D) => void;
}

/**
 * Keeps what is typed while the record is read again. A newer version replaces the draft only while nothing is typed.
 * @param read the newest version, by a query of the same component; undefined: not read yet
 * @param queryKey key of that query
 */
export function useEdited<T, D>(read: Tagged<T> | undefined, queryKey: QueryKey, draftOf: (value: T) => D): Edited<T, D> | null {
  const queries = useQueryClient();
  // `start`: the draft in which nothing is typed. `tag`: of the version that the draft is saved over.
  const [held, hold] = useState<{ tag: string | null; start: D; draft: D; round: number } | null>(null);
  const opened = ({ value, tag }: Tagged<T>, round: number) => {
    const draft = draftOf(value);
    return { tag, start: draft, draft, round };
  };
  const isTyped = held !== null && JSON.stringify(held.draft) !== JSON.stringify(held.start);
  useUnsaved(isTyped);
  if (!read) return null;
  const current = held === null || (held.tag !== read.tag && !isTyped) ? opened(read, (held?.round ?? 0) + 1) : held;
  // React renders again at once, before it shows anything.
  if (current !== held) hold(current);
  const isBehind = current.tag !== read.tag;
  return {
    newest: read,
    draft: current.draft,
    change: (draft) => hold((before) => before && { ...before, draft }),
    header: ifMatch(current.tag),
    isBehind,
    round: current.round,
    takeTheirs: () => hold(opened(read, current.round + 1)),
    keepMine: () => hold((before) => before && { ...before, tag: read.tag, start: draftOf(read.value) }),
    saved: (answer, sent) => {
      queries.setQueryData(queryKey, answer);
      // An act beside the draft, such as a switch: it is no reason to save over what somebody else wrote before it.
      if (isBehind && sent === undefined) return;
      hold((before) => before && { ...before, tag: answer.tag, start: sent ?? before.start });
    },
  };
}

/** The choice of a person who typed while somebody else saved. */
export function NewerVersion({
  edited,
  onChoice,
}: {
  edited: { takeTheirs: () => void; keepMine: () => void };
  /** Forgets the refusal that came before. */
  onChoice: () => void;
}) {
  const translate = useTranslate();
  const choose = (take: () => void) => () => {
    onChoice();
    take();
  };
  return (
    <Note
      state="uncertain"
      title={translate('form.newer')}
      acts={
        <>
          <Button variant="outlined" onClick={choose(edited.takeTheirs)}>
            {translate('form.take_theirs')}
          </Button>
          <Button variant="outlined" onClick={choose(edited.keepMine)}>
            {translate('form.keep_mine')}
          </Button>
        </>
      }
    >
      {translate('form.newer_text')}
    </Note>
  );
}

import { declareLetterKind } from '@heliograph/dead-letters';

/** Dead letters of hooks that cannot be read. */
export const hookLetters = declareLetterKind({
  name: 'hook',
  place: 2,
  reasons: [
    { code: 'unreadable_hook', text: 'A hook could not be read.', whatToDo: 'Redrive after an update, or discard.', redriveHelps: true },
  ],
});

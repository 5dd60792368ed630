import { declareLetterKind } from '@heliograph/dead-letters';

/** Letters about events that were not followed. */
export const eventLetters = declareLetterKind({
  name: 'event',
  place: 4,
  reasons: [
    {
      code: 'unknown_event',
      text: 'An event of a name that is not in the catalogue.',
      whatToDo: 'Put its type into the catalogue, then redrive; or discard.',
      redriveHelps: true,
    },
    {
      code: 'invalid_payload',
      text: 'An event whose payload does not fit its schema.',
      whatToDo: 'Read the detail; correct the schema and redrive, or the sender.',
      redriveHelps: true,
    },
    {
      code: 'invalid_subject',
      text: 'An event whose subject’s phone number cannot be read.',
      whatToDo: 'Correct the sender, who then sends it under another id.',
      redriveHelps: false,
    },
    {
      code: 'unknown_subject',
      text: 'An event about an id that no contact has, without an address.',
      whatToDo: 'Make the contact, then redrive.',
      redriveHelps: true,
    },
    {
      code: 'rule_failed',
      text: 'A rule could not be followed for an event.',
      whatToDo: 'Read the detail and the event’s results; correct the rule, then redrive. What other rules did is not done twice.',
      redriveHelps: true,
    },
    {
      code: 'unreadable_event',
      text: 'Reading an event failed again and again.',
      whatToDo: 'Redrive after an update, or discard.',
      redriveHelps: true,
    },
  ],
});

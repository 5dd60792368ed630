import { declareLetterKind } from '@heliograph/dead-letters';

/** Dead letters of events that were not processed. */
export const eventLetters = declareLetterKind({
  name: 'event',
  place: 4,
  reasons: [
    {
      code: 'unknown_event',
      text: 'The type of the event is not in the catalogue.',
      whatToDo: 'Create the event type, then redrive; or discard.',
      redriveHelps: true,
    },
    {
      code: 'invalid_payload',
      text: 'The payload of the event does not match its schema.',
      whatToDo: 'Read the detail. Correct the schema and redrive, or correct the sender.',
      redriveHelps: true,
    },
    {
      code: 'invalid_subject',
      text: 'The phone number of the event’s subject is not valid.',
      whatToDo: 'Correct the sender, which must send the event with another id.',
      redriveHelps: false,
    },
    {
      code: 'unknown_subject',
      text: 'No contact has the id of the event’s subject, and the subject has no address.',
      whatToDo: 'Create the contact, then redrive.',
      redriveHelps: true,
    },
    {
      code: 'rule_failed',
      text: 'A rule failed for the event.',
      whatToDo:
        'Read the detail and the results of the event. Correct the rule, then redrive. Actions that other rules ran are not run again.',
      redriveHelps: true,
    },
    {
      code: 'unreadable_event',
      text: 'Reading the event failed repeatedly.',
      whatToDo: 'Redrive after an update, or discard.',
      redriveHelps: true,
    },
  ],
});

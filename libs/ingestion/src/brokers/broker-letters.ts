import { declareLetterKind } from '@heliograph/dead-letters';

/** Dead letters of broker messages that were refused. */
export const brokerLetters = declareLetterKind({
  name: 'broker',
  place: 5,
  reasons: [
    {
      code: 'unreadable_broker_message',
      text: 'The message of a broker is not a readable CloudEvent.',
      whatToDo: 'Read the detail and correct the sender. A redrive helps only after an update.',
      redriveHelps: false,
    },
    {
      code: 'refused_broker_message',
      text: 'The message of a broker was read and could not be stored.',
      whatToDo: 'Read the detail. Correct the sender, or correct what the message refers to and redrive.',
      redriveHelps: true,
    },
  ],
});

import { declareLetterKind } from '@heliograph/dead-letters';

/** Letters about messages of brokers that were not taken. */
export const brokerLetters = declareLetterKind({
  name: 'broker',
  place: 5,
  reasons: [
    {
      code: 'unreadable_broker_message',
      text: 'A message of a broker is not a CloudEvent that can be read.',
      whatToDo: 'Read the detail and correct the sender; redrive helps only after an update.',
      redriveHelps: false,
    },
    {
      code: 'refused_broker_message',
      text: 'A message of a broker was read and could not be taken.',
      whatToDo: 'Read the detail; correct the sender, or put right what it refers to and redrive.',
      redriveHelps: true,
    },
  ],
});

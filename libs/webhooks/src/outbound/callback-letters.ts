import { declareLetterKind } from '@heliograph/dead-letters';

/** Dead letters of callbacks that no attempt delivered. The subject is `endpoint/event`. */
export const callbackLetters = declareLetterKind({
  name: 'callback',
  place: 3,
  reasons: [
    {
      code: 'callback_undelivered',
      text: 'The endpoint accepted none of the attempts of a callback.',
      whatToDo: 'Repair the endpoint, then redrive.',
      redriveHelps: true,
    },
  ],
});

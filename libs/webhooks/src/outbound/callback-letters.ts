import { declareLetterKind } from '@heliograph/dead-letters';

/** Letters about callbacks that no attempt delivered. The subject is `endpoint/event`. */
export const callbackLetters = declareLetterKind({
  name: 'callback',
  place: 3,
  reasons: [
    {
      code: 'callback_undelivered',
      text: 'An endpoint took none of the attempts of a callback.',
      whatToDo: 'Repair the endpoint, then redrive.',
      redriveHelps: true,
    },
  ],
});

import raEn from 'ra-language-english';
import { deadLetters } from './dead-letters';
import { firstRun } from './first-run';
import { frame } from './frame';
import { linkPhone } from './link-phone';
import { messages } from './messages';
import { numbers } from './numbers';
import { signIn } from './sign-in';
import { simulator } from './simulator';
import { state } from './state';

/** English, from which all other languages follow: a key that one of them lacks fails the build. An area has its words in a file of its own. */
export const en = {
  ...raEn,
  ...deadLetters,
  ...firstRun,
  ...frame,
  ...linkPhone,
  ...messages,
  ...numbers,
  ...signIn,
  ...simulator,
  ...state,
};

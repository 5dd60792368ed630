import raEn from 'ra-language-english';
import { audit } from './audit';
import { deadLetters } from './dead-letters';
import { frame } from './frame';
import { live } from './live';
import { messages } from './messages';
import { numbers } from './numbers';
import { reactAdmin } from './react-admin';
import { overview } from './overview';
import { settings } from './settings';
import { signIn } from './sign-in';
import { state } from './state';

/** English, from which all other languages follow: a key that one of them lacks fails the build. An area has its words in a file of its own. */
export const en = {
  ...raEn,
  ...audit,
  ...deadLetters,
  ...frame,
  ...live,
  ...messages,
  ...numbers,
  ...reactAdmin,
  ...overview,
  ...settings,
  ...signIn,
  ...state,
};

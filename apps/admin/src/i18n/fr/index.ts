import type { en } from '../en';
import type { Words } from '../words';
import { deadLetters } from './dead-letters';
import { frame } from './frame';
import { firstRun } from './first-run';
import { linkPhone } from './link-phone';
import { simulator } from './simulator';
import { messages } from './messages';
import { numbers } from './numbers';
import { reactAdmin } from './react-admin';
import { signIn } from './sign-in';
import { state } from './state';

export const words: Words<typeof en> = {
  ...deadLetters,
  ...frame,
  ...firstRun,
  ...linkPhone,
  ...simulator,
  ...messages,
  ...numbers,
  ...reactAdmin,
  ...signIn,
  ...state,
};

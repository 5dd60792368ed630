import type { en } from '../en';
import type { Words } from '../words';
import { deadLetters } from './dead-letters';
import { frame } from './frame';
import { live } from './live';
import { messages } from './messages';
import { numbers } from './numbers';
import { overview } from './overview';
import { reactAdmin } from './react-admin';
import { signIn } from './sign-in';
import { state } from './state';

export const words: Words<typeof en> = {
  ...deadLetters,
  ...frame,
  ...live,
  ...messages,
  ...numbers,
  ...overview,
  ...reactAdmin,
  ...signIn,
  ...state,
};

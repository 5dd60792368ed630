import type { en } from '../en';
import type { Words } from '../words';
import { audit } from './audit';
import { deadLetters } from './dead-letters';
import { frame } from './frame';
import { live } from './live';
import { messages } from './messages';
import { numbers } from './numbers';
import { overview } from './overview';
import { reactAdmin } from './react-admin';
import { settings } from './settings';
import { signIn } from './sign-in';
import { state } from './state';

export const words: Words<typeof en> = {
  ...audit,
  ...deadLetters,
  ...frame,
  ...live,
  ...messages,
  ...numbers,
  ...overview,
  ...reactAdmin,
  ...settings,
  ...signIn,
  ...state,
};

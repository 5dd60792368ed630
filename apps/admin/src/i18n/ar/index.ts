import type { en } from '../en';
import type { Words } from '../words';
import { deadLetters } from './dead-letters';
import { frame } from './frame';
import { messages } from './messages';
import { numbers } from './numbers';
import { outside } from './outside';
import { reactAdmin } from './react-admin';
import { signIn } from './sign-in';
import { state } from './state';

export const words: Words<typeof en> = {
  ...deadLetters,
  ...frame,
  ...messages,
  ...numbers,
  ...outside,
  ...reactAdmin,
  ...signIn,
  ...state,
};

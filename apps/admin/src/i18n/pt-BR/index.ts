import type { en } from '../en';
import type { Words } from '../words';
import { contacts } from './contacts';
import { conversations } from './conversations';
import { deadLetters } from './dead-letters';
import { frame } from './frame';
import { messages } from './messages';
import { numbers } from './numbers';
import { optOuts } from './opt-outs';
import { reactAdmin } from './react-admin';
import { signIn } from './sign-in';
import { state } from './state';

export const words: Words<typeof en> = {
  ...contacts,
  ...conversations,
  ...deadLetters,
  ...frame,
  ...messages,
  ...numbers,
  ...optOuts,
  ...reactAdmin,
  ...signIn,
  ...state,
};

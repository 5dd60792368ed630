import type { en } from '../en';
import type { Words } from '../words';
import { access } from './access';
import { accounts } from './accounts';
import { clients } from './clients';
import { deadLetters } from './dead-letters';
import { frame } from './frame';
import { keys } from './keys';
import { messages } from './messages';
import { numbers } from './numbers';
import { own } from './own';
import { pools } from './pools';
import { reactAdmin } from './react-admin';
import { signIn } from './sign-in';
import { staff } from './staff';
import { state } from './state';

export const words: Words<typeof en> = {
  ...access,
  ...accounts,
  ...clients,
  ...deadLetters,
  ...frame,
  ...keys,
  ...messages,
  ...numbers,
  ...own,
  ...pools,
  ...reactAdmin,
  ...signIn,
  ...staff,
  ...state,
};

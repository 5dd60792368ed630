import type { en } from '../en';
import type { Words } from '../words';
import { audit } from './audit';
import { deadLetters } from './dead-letters';
import { frame } from './frame';
import { live } from './live';
import { messages } from './messages';
import { numbers } from './numbers';
import { overview } from './overview';
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
import { settings } from './settings';
import { signIn } from './sign-in';
import { staff } from './staff';
import { state } from './state';

export const words: Words<typeof en> = {
  ...audit,
  ...deadLetters,
  ...frame,
  ...live,
  ...messages,
  ...numbers,
  ...overview,
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
  ...settings,
  ...signIn,
  ...staff,
  ...state,
};

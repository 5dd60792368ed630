import type { en } from '../en';
import type { Words } from '../words';
import { audit } from './audit';
import { contacts } from './contacts';
import { conversations } from './conversations';
import { deadLetters } from './dead-letters';
import { frame } from './frame';
import { live } from './live';
import { jobs } from './jobs';
import { firstRun } from './first-run';
import { linkPhone } from './link-phone';
import { simulator } from './simulator';
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
import { optOuts } from './opt-outs';
import { outside } from './outside';
import { reactAdmin } from './react-admin';
import { settings } from './settings';
import { signIn } from './sign-in';
import { staff } from './staff';
import { state } from './state';

export const words: Words<typeof en> = {
  ...audit,
  ...contacts,
  ...conversations,
  ...deadLetters,
  ...frame,
  ...live,
  ...jobs,
  ...firstRun,
  ...linkPhone,
  ...simulator,
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
  ...optOuts,
  ...outside,
  ...reactAdmin,
  ...settings,
  ...signIn,
  ...staff,
  ...state,
};

import raEn from 'ra-language-english';
import { contacts } from './contacts';
import { conversations } from './conversations';
import { deadLetters } from './dead-letters';
import { firstRun } from './first-run';
import { frame } from './frame';
import { live } from './live';
import { jobs } from './jobs';
import { linkPhone } from './link-phone';
import { messages } from './messages';
import { numbers } from './numbers';
import { reactAdmin } from './react-admin';
import { overview } from './overview';
import raEn from 'ra-language-english';
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
import { signIn } from './sign-in';
import { staff } from './staff';
import { simulator } from './simulator';
import { state } from './state';

/** English, from which all other languages follow: a key that one of them lacks fails the build. An area has its words in a file of its own. */
export const en = {
  ...raEn,
  ...contacts,
  ...conversations,
  ...deadLetters,
  ...firstRun,
  ...frame,
  ...live,
  ...jobs,
  ...linkPhone,
  ...messages,
  ...numbers,
  ...reactAdmin,
  ...overview,
  ...raEn,
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
  ...signIn,
  ...staff,
  ...simulator,
  ...state,
};

import { access } from './access';
import { accounts } from './accounts';
import { clients } from './clients';
import { contacts } from './contacts';
import { conversations } from './conversations';
import { deadLetters } from './dead-letters';
import { frame } from './frame';
import { keys } from './keys';
import { live } from './live';
import { messages } from './messages';
import { numbers } from './numbers';
import { optOuts } from './opt-outs';
import { overview } from './overview';
import { own } from './own';
import { pools } from './pools';
import { reactAdmin } from './react-admin';
import { signIn } from './sign-in';
import { staff } from './staff';
import { state } from './state';

/** English, from which all other languages follow: a key that one of them lacks fails the build. An area has its words in a file of its own. */
export const en = {
  ...access,
  ...accounts,
  ...clients,
  ...contacts,
  ...conversations,
  ...deadLetters,
  ...frame,
  ...keys,
  ...live,
  ...messages,
  ...numbers,
  ...optOuts,
  ...overview,
  ...own,
  ...pools,
  ...reactAdmin,
  ...signIn,
  ...staff,
  ...state,
};

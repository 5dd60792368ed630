import type { en } from '../en';
import type { Words } from '../words';
import { access } from './access';
import { accounts } from './accounts';
import { audit } from './audit';
import { campaigns } from './campaigns';
import { clients } from './clients';
import { contacts } from './contacts';
import { conversations } from './conversations';
import { deadLetters } from './dead-letters';
import { firstRun } from './first-run';
import { frame } from './frame';
import { imports } from './imports';
import { jobs } from './jobs';
import { keys } from './keys';
import { linkPhone } from './link-phone';
import { live } from './live';
import { messages } from './messages';
import { numbers } from './numbers';
import { optOuts } from './opt-outs';
import { outside } from './outside';
import { overview } from './overview';
import { own } from './own';
import { pools } from './pools';
import { reactAdmin } from './react-admin';
import { segments } from './segments';
import { settings } from './settings';
import { signIn } from './sign-in';
import { simulator } from './simulator';
import { staff } from './staff';
import { state } from './state';
import { report } from './report';
import { templates } from './templates';

export const words: Words<typeof en> = {
  ...access,
  ...accounts,
  ...audit,
  ...campaigns,
  ...clients,
  ...contacts,
  ...conversations,
  ...deadLetters,
  ...firstRun,
  ...frame,
  ...imports,
  ...jobs,
  ...keys,
  ...linkPhone,
  ...live,
  ...messages,
  ...numbers,
  ...optOuts,
  ...outside,
  ...overview,
  ...own,
  ...pools,
  ...reactAdmin,
  ...segments,
  ...settings,
  ...signIn,
  ...simulator,
  ...staff,
  ...state,
  ...report,
  ...templates,
};

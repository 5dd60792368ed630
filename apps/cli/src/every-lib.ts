// Loads every lib, lower ones first, so that all declarations are known.
import { apiSurfaces } from '@heliograph/kernel';
import '@heliograph/providers';
import '@heliograph/tenants';
import '@heliograph/staff';
import '@heliograph/contacts';
import '@heliograph/dead-letters';
import '@heliograph/messaging';
import '@heliograph/inbox';
import '@heliograph/webhooks';
import '@heliograph/campaigns';
import '@heliograph/ingestion';

// The api registers them, which the command line does not load.
apiSurfaces.announce('public', 'admin', 'hooks');

export { configOrExit, declaredConfig } from '@heliograph/kernel';

// Loads every lib, lower ones first, so that all declarations are known.
import '@heliograph/kernel';
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

export { configOrExit, declaredConfig } from '@heliograph/kernel';

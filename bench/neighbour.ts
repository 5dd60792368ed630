import { command } from '../chaos/lab/lab';
import { Driver } from '../chaos/driver';
import { json, type Stage } from './stage';

/** Another tenant of the same installation, with sessions of its own. */
export interface Neighbour {
  tenantId: string;
  driver: Driver;
  sessionIds: string[];
}

const scopes = 'messages:write,messages:read,sessions:manage,contacts:manage,campaigns:manage,campaigns:launch,campaigns:read';

/** Another tenant. @param limits limits of its sessions, which have no pace by default */
export async function addTenant(
  { lab }: Stage,
  sessions: number,
  name = 'Neighbour',
  limits: object = { window_limit: 0 },
): Promise<Neighbour> {
  const made = (await (
    await fetch(`${lab.sim.url}/sim/sessions`, { method: 'POST', body: JSON.stringify({ count: sessions }), headers: json })
  ).json()) as { apiKey: string; webhookSecret: string }[];
  const tenant = JSON.parse(await command(lab.env, ['tenant:create', '--name', name])) as { id: string };
  const key = JSON.parse(await command(lab.env, ['key:create', '--tenant', tenant.id, '--name', 'bench', '--scopes', scopes])) as {
    secret: string;
  };
  const driver = new Driver(lab.apiUrls, key.secret);
  const sessionIds: string[] = [];
  for (const { apiKey, webhookSecret } of made) {
    const { session } = await driver.insist<{ session: { id: string } }>('POST', '/v1/sessions', {
      mode: 'register',
      api_key: apiKey,
      webhook_secret: webhookSecret,
    });
    await driver.insist('PATCH', `/v1/sessions/${session.id}/limits`, limits);
    sessionIds.push(session.id);
  }
  return { tenantId: tenant.id, driver, sessionIds };
}

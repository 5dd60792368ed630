import { createHmac } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import type { Command } from 'commander';
import type { WhatsAppProvider } from '@heliograph/providers';
import { allOf, print, withServices } from './context';

const demoTenant = 'Demo agency';
const demoKeyName = 'demo';
const atOnce = 16;
const demoOwner = { name: 'Demo owner', email: 'owner@demo.example' };
const demoEvent = 'user_onboarded';
/** Further clients of the demo with their numbers. They take numbers of the simulator before the demo tenant takes the rest. */
const otherClients = [
  { name: 'Brightwater Dental', numbers: ['Reception', 'Recalls', 'Hygiene'] },
  { name: 'Northgate Lettings', numbers: ['Viewings', 'Repairs', 'Rent'] },
] as const;
/** Numbers that the simulator must have before the other clients get some. */
const enoughNumbers = 10;

/** Creates the owner of the demo once, and a sign-in link for the owner. */
async function demoSignIn(app: INestApplicationContext): Promise<string> {
  const { StaffAuth, StaffPeople } = await import('@heliograph/staff');
  const auth = app.get(StaffAuth);
  const people = app.get(StaffPeople);
  if (!(await people.withEmail(demoOwner.email))) await people.add({ ...demoOwner, grants: [{ role: 'owner', tenantId: null }] });
  return (await auth.signInLink(demoOwner.email)) as string;
}

/** The demo: a tenant whose sessions are those of the simulator's account. */
export function demoCommands(program: Command): void {
  program
    .command('demo:seed')
    .description(
      'Create the demo tenant with every session of the provider account in SIM_PAT, an event type and a rule, once. Prints its API key.',
    )
    .option('--clients', 'further clients with numbers of their own', false)
    .action((o: { clients: boolean }) =>
      withServices(async ({ app, config, tenants, keys, accounts, sessions, webhooks }) => {
        const { systemActor } = await import('@heliograph/kernel');
        const { WHATSAPP_PROVIDER } = await import('@heliograph/providers');
        const { apiKeyScopes } = await import('@heliograph/tenants');
        const { EventRules, EventTypes } = await import('@heliograph/ingestion');
        const { env } = process; // eslint-disable-line no-restricted-properties -- of the demo alone
        const accessToken = env.SIM_PAT ?? 'sim-personal-access-token';
        const tenant =
          (await tenants.list()).find((t) => t.name === demoTenant) ?? (await tenants.create({ name: demoTenant, defaultCountry: 'GB' }));

        // Derived from the key ring: the same key on every start of this installation, and a different one elsewhere.
        const secret = `hg_live_${createHmac('sha256', config.KEYRING).update('demo api key').digest('hex')}`;
        if (!(await keys.list(tenant.id, { limit: 500 })).rows.some((k) => k.name === demoKeyName))
          await keys.create(tenant.id, systemActor('demo'), { name: demoKeyName, scopes: [...apiKeyScopes], secret });

        const types = app.get(EventTypes);
        if (!(await types.find(tenant.id, demoEvent))) {
          const example = { first_name: 'Priya', plan: 'pro' };
          const schema = {
            type: 'object',
            properties: { first_name: { type: 'string' }, plan: { enum: ['free', 'pro'] } },
            required: ['first_name'],
          };
          await types.put(tenant.id, demoEvent, { description: 'A user finished the onboarding.', schema, example });
          const message = { type: 'text', text: 'Welcome, {{ payload.first_name }}! Reply STOP to hear no more.' };
          await app.get(EventRules).create(
            tenant.id,
            {
              name: 'Welcome',
              event: demoEvent,
              condition: null,
              max_age_s: null,
              is_active: true,
              actions: [{ type: 'send_message', message }],
            },
            systemActor('demo'),
          );
        }

        const provider = app.get<WhatsAppProvider>(WHATSAPP_PROVIDER, { strict: false });
        const there = await provider.listSessions({ accessToken });
        if (!there.ok) throw new Error(`The simulator did not respond: ${there.detail}`);
        /** Sessions of a tenant by their id at the simulator. */
        const sessionsOf = async (tenantId: string): Promise<Map<string, string>> => {
          const all = await allOf((page) => sessions.list(tenantId, {}, page));
          return new Map(all.flatMap(({ id, providerSessionId: at }) => (at === null ? [] : [[at, id] as [string, string]])));
        };
        const accountOf = async (tenantId: string) =>
          (await accounts.list(tenantId, { limit: 1 })).rows[0] ?? (await accounts.create(tenantId, { name: 'Simulator', accessToken }));
        const take = async (tenantId: string, accountId: string, providerSessionId: string, name?: string): Promise<string> => {
          const detail = await provider.getSession({ accessToken }, providerSessionId);
          if (!detail.ok || !detail.value.apiKey) throw new Error('The simulator returned no API key for a session.');
          const { session } = await sessions.register(tenantId, systemActor('demo'), {
            apiKey: detail.value.apiKey,
            accountId,
            providerSessionId,
            name: name ?? detail.value.name,
          });
          return session.id;
        };
        const tenantsBefore = await tenants.list();
        const taken = new Map<string, { tenantId: string; id: string }>();
        for (const { id: tenantId } of tenantsBefore) for (const [at, id] of await sessionsOf(tenantId)) taken.set(at, { tenantId, id });
        const missing = there.value.map((s) => s.providerSessionId).filter((at) => !taken.has(at));

        const clients: { name: string; apiKey: string; isNew: boolean; numbers: { id: string; name: string; at: number }[] }[] = [];
        for (const { name, numbers } of o.clients ? otherClients : []) {
          const isThere = tenantsBefore.find((t) => t.name === name);
          if (!isThere && (there.value.length < enoughNumbers || missing.length < numbers.length)) continue;
          const client = isThere ?? (await tenants.create({ name, defaultCountry: 'GB' }));
          const key = `hg_live_${createHmac('sha256', config.KEYRING).update(`demo api key of ${name}`).digest('hex')}`;
          if (!isThere) {
            await keys.create(client.id, systemActor('demo'), { name: demoKeyName, scopes: [...apiKeyScopes], secret: key });
            const account = await accountOf(client.id);
            for (const number of numbers) {
              const at = missing.pop() as string;
              taken.set(at, { tenantId: client.id, id: await take(client.id, account.id, at, number) });
            }
          }
          const own = await allOf((page) => sessions.list(client.id, {}, page));
          clients.push({
            name,
            apiKey: key,
            isNew: !isThere,
            numbers: own.map(({ id, name: number, providerSessionId }) => ({ id, name: number, at: Number(providerSessionId) })),
          });
        }

        const account = await accountOf(tenant.id);
        await Promise.all(
          Array.from({ length: atOnce }, async () => {
            for (let next = missing.pop(); next; next = missing.pop())
              taken.set(next, { tenantId: tenant.id, id: await take(tenant.id, account.id, next) });
          }),
        );
        // A restarted simulator has lost our webhook, and our URL may have changed.
        const forgotten = there.value.filter((s) => !s.webhookEnabled && taken.has(s.providerSessionId));
        await Promise.all(
          Array.from({ length: atOnce }, async () => {
            for (let next = forgotten.pop(); next; next = forgotten.pop()) {
              const { tenantId, id } = taken.get(next.providerSessionId) as { tenantId: string; id: string };
              await webhooks.repointWebhook(tenantId, id);
            }
          }),
        );
        const own = [...taken].filter(([, { tenantId }]) => tenantId === tenant.id).map(([at, { id }]) => ({ id, at: Number(at) }));
        if (o.clients)
          clients.push({ name: demoTenant, apiKey: secret, isNew: false, numbers: own.slice(0, 5).map((one) => ({ ...one, name: '' })) });
        const signInLink = await demoSignIn(app);
        print({ tenantId: tenant.id, apiKey: secret, sessions: own.map(({ id }) => id), clients, signInLink });
      }),
    );
}

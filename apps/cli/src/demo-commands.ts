import { createHmac } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import type { Command } from 'commander';
import type { WhatsAppProvider } from '@heliograph/providers';
import { print, withServices } from './context';

const demoTenant = 'Demo agency';
const demoKeyName = 'demo';
const atOnce = 16;
const demoOwner = { name: 'Demo owner', email: 'owner@demo.example' };
const demoEvent = 'user_onboarded';

/** Creates the owner of the demo once, and a sign-in link for the owner. */
async function demoSignIn(app: INestApplicationContext): Promise<string> {
  const { StaffAuth, StaffPeople } = await import('@heliograph/staff');
  const auth = app.get(StaffAuth);
  const people = app.get(StaffPeople);
  if (!(await people.withEmail(demoOwner.email)))
    await people.setGrants(await auth.addUser(demoOwner), [{ role: 'owner', tenantId: null }]);
  return (await auth.signInLink(demoOwner.email)) as string;
}

/** The demo: a tenant whose sessions are those of the simulator's account. */
export function demoCommands(program: Command): void {
  program
    .command('demo:seed')
    .description(
      'Create the demo tenant with every session of the provider account in SIM_PAT, an event type and a rule, once. Prints its API key.',
    )
    .action(() =>
      withServices(async ({ app, config, tenants, keys, accounts, sessions }) => {
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

        const account =
          (await accounts.list(tenant.id, { limit: 1 })).rows[0] ?? (await accounts.create(tenant.id, { name: 'Simulator', accessToken }));
        const provider = app.get<WhatsAppProvider>(WHATSAPP_PROVIDER, { strict: false });
        const there = await provider.listSessions({ accessToken });
        if (!there.ok) throw new Error(`The simulator did not respond: ${there.detail}`);
        const known = new Map<string, string>();
        for (let cursor: string | null | undefined; cursor !== null;) {
          const page = await sessions.list(tenant.id, {}, { limit: 500, ...(cursor && { cursor }) });
          for (const s of page.rows) if (s.providerSessionId) known.set(s.providerSessionId, s.id);
          cursor = page.next;
        }
        const missing = there.value.filter((s) => !known.has(s.providerSessionId));
        await Promise.all(
          Array.from({ length: atOnce }, async () => {
            for (let next = missing.pop(); next; next = missing.pop()) {
              const detail = await provider.getSession({ accessToken }, next.providerSessionId);
              if (!detail.ok || !detail.value.apiKey) throw new Error('The simulator returned no API key for a session.');
              const added = await sessions.register(tenant.id, systemActor('demo'), {
                apiKey: detail.value.apiKey,
                accountId: account.id,
                providerSessionId: next.providerSessionId,
                name: detail.value.name,
              });
              known.set(next.providerSessionId, added.session.id);
            }
          }),
        );
        // A restarted simulator has lost our webhook, and our URL may have changed.
        const forgotten = there.value.filter((s) => known.has(s.providerSessionId) && !s.webhookEnabled);
        await Promise.all(
          Array.from({ length: atOnce }, async () => {
            for (let next = forgotten.pop(); next; next = forgotten.pop())
              await sessions.repointWebhook(tenant.id, known.get(next.providerSessionId) as string);
          }),
        );
        const signInLink = await demoSignIn(app);
        print({ tenantId: tenant.id, apiKey: secret, sessions: [...known.values()], signInLink });
      }),
    );
}

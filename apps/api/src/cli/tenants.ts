import type { Command } from 'commander';
import { type ApiKeyScope, ApiKeys, apiKeyScopes, ProviderAccounts, Sessions, Tenants } from '@heliograph/tenants';
import { print, withServices } from './context';

/** Commands about tenants, their keys and accounts. */
export function tenantCommands(program: Command): void {
  program
    .command('tenant:create')
    .description('Make a tenant.')
    .requiredOption('--name <name>', 'what people call it')
    .option('--country <code>', 'ISO 3166-1 alpha-2; how national phone numbers are read', 'GB')
    .action((o: { name: string; country: string }) =>
      withServices(async (app) => print(await app.get(Tenants).create({ name: o.name, defaultCountry: o.country.toUpperCase() }))),
    );

  program
    .command('tenant:list')
    .description('List tenants.')
    .action(() => withServices(async (app) => print(await app.get(Tenants).list())));

  for (const [name, suspended, what] of [
    ['suspend', true, 'Refuse a tenant’s requests and hold its lanes; nothing of it is lost.'],
    ['resume', false, 'Let a suspended tenant go on.'],
  ] as const)
    program
      .command(`tenant:${name}`)
      .description(what)
      .requiredOption('--tenant <id>')
      .action((o: { tenant: string }) => withServices(async (app) => print(await app.get(Tenants).setSuspended(o.tenant, suspended))));

  program
    .command('key:create')
    .description('Make an API key. The secret is printed once and stored nowhere.')
    .requiredOption('--tenant <id>')
    .requiredOption('--name <name>')
    .option('--scopes <list>', `comma-separated, of ${apiKeyScopes.join(', ')}`, 'messages:write,messages:read')
    .option('--expires <time>', 'ISO 8601 with a zone')
    .action((o: { tenant: string; name: string; scopes: string; expires?: string }) =>
      withServices(async (app) => {
        const scopes = o.scopes.split(',').map((s) => s.trim());
        const unknown = scopes.filter((s) => !(apiKeyScopes as readonly string[]).includes(s));
        if (unknown.length > 0) throw new Error(`Unknown scope: ${unknown.join(', ')}. There are ${apiKeyScopes.join(', ')}.`);
        await app.get(Tenants).get(o.tenant);
        const { key, secret } = await app
          .get(ApiKeys)
          .create(o.tenant, { name: o.name, scopes: scopes as ApiKeyScope[], expiresAt: o.expires ? new Date(o.expires) : null });
        print({ ...key, secret });
      }),
    );

  program
    .command('key:list')
    .description('List the API keys of a tenant.')
    .requiredOption('--tenant <id>')
    .action((o: { tenant: string }) => withServices(async (app) => print((await app.get(ApiKeys).list(o.tenant, { limit: 500 })).rows)));

  program
    .command('key:revoke')
    .description('Revoke an API key; dead on every process within a second.')
    .requiredOption('--tenant <id>')
    .requiredOption('--id <id>')
    .action((o: { tenant: string; id: string }) => withServices(async (app) => print(await app.get(ApiKeys).revoke(o.tenant, o.id))));

  program
    .command('account:add')
    .description('Add a provider account; its access token is read from the environment variable PROVIDER_ACCESS_TOKEN.')
    .requiredOption('--tenant <id>')
    .requiredOption('--name <name>')
    .action((o: { tenant: string; name: string }) =>
      withServices(async (app) => {
        // eslint-disable-next-line no-restricted-properties -- a secret must not stand in a command line, where everybody sees it
        const accessToken = process.env.PROVIDER_ACCESS_TOKEN;
        if (!accessToken) throw new Error('Set PROVIDER_ACCESS_TOKEN.');
        print(await app.get(ProviderAccounts).create(o.tenant, { name: o.name, accessToken }));
      }),
    );

  program
    .command('session:list')
    .description('List the sessions of a tenant.')
    .requiredOption('--tenant <id>')
    .action((o: { tenant: string }) =>
      withServices(async (app) => print((await app.get(Sessions).list(o.tenant, {}, { limit: 500 })).rows)),
    );
}

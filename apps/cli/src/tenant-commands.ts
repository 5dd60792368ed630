import type { Command } from 'commander';
import { allOf, bodies, id, parseOptions, print, time, withServices } from './context';

const listOf = (text: string): string[] => text.split(',').map((item) => item.trim());

/** Commands for tenants, their keys and accounts. */
export function tenantCommands(program: Command): void {
  program
    .command('tenant:create')
    .description('Create a tenant.')
    .requiredOption('--name <name>', 'display name')
    .option('--country <code>', 'ISO 3166-1 alpha-2 country of national phone numbers', 'GB')
    .action(async (o: { name: string; country: string }) => {
      const { createTenantBody } = await bodies();
      const given = { name: o.name, default_country: o.country.toUpperCase() };
      const body = parseOptions(createTenantBody, given, { name: '--name', default_country: '--country' });
      await withServices(async ({ tenants }) => print(await tenants.create({ name: body.name, defaultCountry: body.default_country })));
    });

  program
    .command('tenant:list')
    .description('List tenants.')
    .action(() => withServices(async ({ tenants }) => print(await tenants.list())));

  for (const [name, suspended, what] of [
    ['suspend', true, 'Suspend a tenant: its requests are refused and its lanes held; nothing is lost.'],
    ['resume', false, 'Resume a suspended tenant.'],
  ] as const)
    program
      .command(`tenant:${name}`)
      .description(what)
      .requiredOption('--tenant <id>', 'id of the tenant', id)
      .action((o: { tenant: string }) => withServices(async ({ tenants }) => print(await tenants.setSuspended(o.tenant, suspended))));

  program
    .command('key:create')
    .description('Create an API key. The secret is printed once and never stored.')
    .requiredOption('--tenant <id>', 'id of the tenant', id)
    .requiredOption('--name <name>', 'display name')
    .option('--scopes <list>', 'comma-separated (see docs/ACCESS.md)', 'messages:write,messages:read')
    .option('--expires <time>', 'ISO 8601 with a zone, in the future', time)
    .option('--sessions <list>', 'ids of the sessions it is limited to, comma-separated; left out: all')
    .action(async (o: { tenant: string; name: string; scopes: string; expires?: string; sessions?: string }) => {
      const { createApiKeyBody } = await bodies();
      const given = {
        name: o.name,
        scopes: listOf(o.scopes),
        expires_at: o.expires && new Date(o.expires).toISOString(),
        session_ids: o.sessions === undefined ? undefined : listOf(o.sessions),
      };
      const options = { name: '--name', scopes: '--scopes', expires_at: '--expires', session_ids: '--sessions' };
      const body = parseOptions(createApiKeyBody, given, options);
      await withServices(async ({ tenants, keys, actor }) => {
        await tenants.get(o.tenant);
        const { key, secret } = await keys.create(o.tenant, actor, {
          name: body.name,
          scopes: body.scopes,
          expiresAt: body.expires_at ?? null,
          sessionIds: body.session_ids ?? null,
        });
        print({ ...key, secret });
      });
    });

  program
    .command('key:list')
    .description('List the API keys of a tenant.')
    .requiredOption('--tenant <id>', 'id of the tenant', id)
    .action((o: { tenant: string }) =>
      withServices(async ({ tenants, keys }) => {
        await tenants.get(o.tenant);
        print(await allOf((page) => keys.list(o.tenant, page)));
      }),
    );

  program
    .command('key:revoke')
    .description('Revoke an API key; every process refuses it within a second.')
    .requiredOption('--tenant <id>', 'id of the tenant', id)
    .requiredOption('--id <id>', 'id of the key', id)
    .action((o: { tenant: string; id: string }) =>
      withServices(async ({ keys, actor }) => print(await keys.revoke(o.tenant, actor, o.id))),
    );

  program
    .command('account:add')
    .description('Add a provider account. Reads its access token from the environment variable PROVIDER_ACCESS_TOKEN.')
    .requiredOption('--tenant <id>', 'id of the tenant', id)
    .requiredOption('--name <name>', 'display name')
    .action(async (o: { tenant: string; name: string }) => {
      // eslint-disable-next-line no-restricted-properties -- a secret must not stand in a command line, where everybody sees it
      const accessToken = process.env.PROVIDER_ACCESS_TOKEN;
      if (!accessToken) throw new Error('Set PROVIDER_ACCESS_TOKEN.');
      const { createAccountBody } = await bodies();
      const given = { name: o.name, access_token: accessToken };
      const body = parseOptions(createAccountBody, given, { name: '--name', access_token: 'PROVIDER_ACCESS_TOKEN' });
      await withServices(async ({ tenants, accounts }) => {
        await tenants.get(o.tenant);
        print(await accounts.create(o.tenant, { name: body.name, accessToken: body.access_token }));
      });
    });

  program
    .command('session:list')
    .description('List the sessions of a tenant.')
    .requiredOption('--tenant <id>', 'id of the tenant', id)
    .action((o: { tenant: string }) =>
      withServices(async ({ tenants, sessions }) => {
        await tenants.get(o.tenant);
        print(await allOf((page) => sessions.list(o.tenant, {}, page)));
      }),
    );
}

import type { Command } from 'commander';
import { print, withServices } from './context';

/** Commands for people of the agency. */
export function staffCommands(program: Command): void {
  program
    .command('staff:invite')
    .description('Invite a person and print the link that sets a password. The first person of an installation is its owner.')
    .requiredOption('--email <email>', 'email of the person')
    .requiredOption('--name <name>', 'display name')
    .option('--role <role>', 'owner, admin, operator, engineer, agent, analyst or viewer, for all tenants', 'owner')
    .action((o: { email: string; name: string; role: string }) =>
      withServices(async ({ app }) => {
        const { Invitations, staffRoles } = await import('@heliograph/staff');
        const role = staffRoles.find((known) => known === o.role);
        if (!role) throw new Error(`--role must be one of ${staffRoles.join(', ')}`);
        const { person, url, isMailed } = await app
          .get(Invitations)
          .invite({ name: o.name, email: o.email, grants: [{ role, tenantId: null }] });
        print({ id: person.id, url, mailed: isMailed });
      }),
    );

  program
    .command('staff:sign-in-link')
    .description(
      'Create a link that signs a person in once, within a day, for a person who lost the authenticator app and the recovery codes.',
    )
    .requiredOption('--email <email>', 'email of the person')
    .action((o: { email: string }) =>
      withServices(async ({ app }) => {
        const { StaffAuth } = await import('@heliograph/staff');
        const url = await app.get(StaffAuth).signInLink(o.email);
        if (!url) throw new Error('No person has this email.');
        print({ url });
      }),
    );
}

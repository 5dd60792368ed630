import type { Command } from 'commander';
import { print, withServices } from './context';

/** Commands about people of the agency. */
export function staffCommands(program: Command): void {
  program
    .command('staff:invite')
    .description('Invite a person; prints the link with which a password is set. The first person of an installation is its owner.')
    .requiredOption('--email <email>', 'its email')
    .requiredOption('--name <name>', 'what people call it')
    .option('--role <role>', 'owner, admin, operator, engineer, agent, analyst or viewer; for all tenants', 'owner')
    .action((o: { email: string; name: string; role: string }) =>
      withServices(async ({ app }) => {
        const { Invitations, staffRoles } = await import('@heliograph/staff');
        const role = staffRoles.find((known) => known === o.role);
        if (!role) throw new Error(`--role: one of ${staffRoles.join(', ')}`);
        const { person, url, isMailed } = await app
          .get(Invitations)
          .invite({ name: o.name, email: o.email, grants: [{ role, tenantId: null }] });
        print({ id: person.id, url, mailed: isMailed });
      }),
    );

  program
    .command('staff:sign-in-link')
    .description('Make a link that signs a person in once, within a day: for who lost the authenticator app and the recovery codes.')
    .requiredOption('--email <email>', 'its email')
    .action((o: { email: string }) =>
      withServices(async ({ app }) => {
        const { StaffAuth } = await import('@heliograph/staff');
        const url = await app.get(StaffAuth).signInLink(o.email);
        if (!url) throw new Error('There is nobody with this email.');
        print({ url });
      }),
    );
}

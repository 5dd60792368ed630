import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
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
    .command('audit:verify')
    .description(
      'Check the chain of the audit log. Prints its head, and exits with 1 when a link does not fit, which it names. Keep the head elsewhere and give it the next time.',
    )
    .option('--head <seq:hash>', 'head that an earlier run printed; the chain must still contain it', chainEnd)
    .action((o: { head?: { seq: string; hash: string } }) =>
      withServices(async ({ app }) => {
        const { AuditChain } = await import('@heliograph/staff');
        const { links, pending, head, base, broken } = await app.get(AuditChain).verify(o.head);
        const text = (end: { seq: string; hash: string } | null) => end && `${end.seq}:${end.hash}`;
        print({ ok: broken === null, links, pending, head: text(head), base: text(base), broken });
        if (broken) process.exitCode = 1;
      }),
    );

  program
    .command('staff:sign-in-link')
    .description(
      'Create a link that signs a person in once, within a day, for a person who lost the authenticator app and the recovery codes.',
    )
    .requiredOption('--email <email>', 'email of the person')
    .action((o: { email: string }) =>
      withServices(async ({ app, actor }) => {
        const { AuditLog, StaffAuth } = await import('@heliograph/staff');
        const url = await app.get(StaffAuth).signInLink(o.email);
        if (!url) throw new Error('No person has this email.');
        await app.get(AuditLog).write({ actor, action: 'person.sign_in_link_created', subject: { kind: 'person', name: o.email } });
        print({ url });
      }),
    );
}

/** Parses an end of the audit chain. */
function chainEnd(text: string): { seq: string; hash: string } {
  const [, seq, hash] = /^(\d{1,19}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (!seq || !hash) throw new InvalidArgumentError('The head must be a number, a colon and 64 hexadecimal digits.');
  return { seq, hash };
}

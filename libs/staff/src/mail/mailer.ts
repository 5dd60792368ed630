import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG } from '@heliograph/kernel';
import { createTransport, type Transporter } from 'nodemailer';
import type { TenantsConfig } from '@heliograph/tenants';
import { Branding } from '../branding/branding.repository';
import type { Grant } from '../roles';
import type { StaffConfig } from '../staff.config';

/** Words of each mail, by the name that the panel has for the person. */
const texts = {
  invite: (brand: string) => ({
    subject: `Your access to ${brand}`,
    lead: `You were invited to ${brand}. Choose a password with this link; it works once, for 7 days:`,
  }),
  reset: (brand: string) => ({
    subject: 'Set a new password',
    lead: `Somebody, hopefully you, asked for a new password for ${brand}. This link works once, for an hour:`,
  }),
};

/** Sends links to people by SMTP, where a mail server is configured. */
@Injectable()
export class Mailer {
  private readonly log = new Logger(Mailer.name);
  private readonly transport: Transporter | null;

  constructor(
    private readonly branding: Branding,
    @Inject(APP_CONFIG) private readonly config: Pick<TenantsConfig, 'PUBLIC_URL'> & StaffConfig,
  ) {
    this.transport = config.SMTP_URL ? createTransport(config.SMTP_URL) : null;
  }

  /** The page on which a password is set with this token. The token stands behind #, which no server logs. */
  passwordLink(token: string): string {
    return new URL(`/admin/set-password#${token}`, this.config.PUBLIC_URL).toString();
  }

  /** Returns false when there is no mail server, or it refused the mail: the reason is logged. */
  async sendPasswordLink(to: { name: string; email: string; grants: Grant[] }, token: string, kind: keyof typeof texts): Promise<boolean> {
    if (!this.transport) return false;
    try {
      const { subject, lead } = texts[kind]((await this.branding.brandFor(to.grants)).name);
      await this.transport.sendMail({
        from: this.config.MAIL_FROM,
        to: { name: to.name, address: to.email },
        subject,
        text: `Hello ${to.name},\n\n${lead}\n\n${this.passwordLink(token)}\n\nIf you did not expect this mail, delete it: without the link nothing happens.\n`,
      });
      return true;
    } catch (error) {
      this.log.error({ event: 'staff.mail_failed', kind, error: (error as Error).message });
      return false;
    }
  }
}

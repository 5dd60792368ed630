import { Injectable } from '@nestjs/common';
import { Mailer } from '../mail/mailer';
import type { Grant } from '../roles';
import { SignIns } from '../sign-in/sign-ins';
import { StaffAuth } from '../sign-in/staff-auth';
import { type StaffMember, StaffPeople } from './staff-people.repository';

/** An invitation lasts 7 days. */
const invitationMinutes = 7 * 24 * 60;

/** A link that sets a password. `isMailed` false: whoever made it hands it over. */
export interface PasswordLink {
  person: StaffMember;
  url: string;
  isMailed: boolean;
}

/** Lets people in: who was invited chooses a password with a link that works once. */
@Injectable()
export class Invitations {
  constructor(
    private readonly people: StaffPeople,
    private readonly auth: StaffAuth,
    private readonly mailer: Mailer,
    private readonly signIns: SignIns,
  ) {}

  /** Adds a person with these roles and makes the link. @throws AppError `email_taken`, `last_owner` */
  async invite(person: { name: string; email: string; grants: Grant[] }): Promise<PasswordLink> {
    return this.link(await this.people.add(person));
  }

  /** Makes a new link: for who lost the invitation, or the password. @throws AppError not_found */
  async link(userId: string): Promise<PasswordLink> {
    const person = await this.people.get(userId);
    const kind = person.isReady ? 'reset' : 'invite';
    const token = await this.auth.passwordToken(userId, kind === 'invite' ? invitationMinutes : undefined);
    const isMailed = await this.mailer.sendPasswordLink(person, token, kind);
    this.signIns.forget();
    return { person, url: this.mailer.passwordLink(token), isMailed };
  }
}

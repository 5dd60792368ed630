import { Module } from '@nestjs/common';
import { ThrottleModule } from '@heliograph/kernel';
import { AuditModule } from './audit/audit.module';
import { Branding } from './branding/branding.repository';
import { Mailer } from './mail/mailer';
import { Invitations } from './people/invitations';
import { StaffPeople } from './people/staff-people.repository';
import { SignInLimits } from './sign-in/sign-in-limits';
import { SignIns } from './sign-in/sign-ins';
import { StaffAuth } from './sign-in/staff-auth';

/** People of the agency: sign-in, roles, invitations. */
@Module({
  imports: [AuditModule],
  providers: [Mailer, Branding, StaffAuth, StaffPeople, SignIns, Invitations],
  exports: [AuditModule, Mailer, Branding, StaffAuth, StaffPeople, SignIns, Invitations],
})
export class StaffModule {}

/** Limits of tries to sign in, which are counted in metrics: api processes. */
@Module({ imports: [ThrottleModule, StaffModule], providers: [SignInLimits], exports: [SignInLimits] })
export class SignInLimitsModule {}

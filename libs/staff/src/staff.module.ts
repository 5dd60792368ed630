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
  imports: [ThrottleModule, AuditModule],
  providers: [Mailer, Branding, StaffAuth, StaffPeople, SignIns, SignInLimits, Invitations],
  exports: [AuditModule, Mailer, Branding, StaffAuth, StaffPeople, SignIns, SignInLimits, Invitations],
})
export class StaffModule {}

import { Module } from '@nestjs/common';
import { DeadLettersModule } from '@heliograph/dead-letters';
import { MessagingModule } from '@heliograph/messaging';
import { StaffModule } from '@heliograph/staff';
import { TenantsModule } from '@heliograph/tenants';
import { PublicModule } from '../public/public.module';
import { AccountController } from './account.controller';
import { AllTenantsController } from './all-tenants.controller';
import { PersonGuard } from './person.guard';
import { SignInController } from './sign-in.controller';
import { StaffController } from './staff.controller';
import { TenantsController } from './tenants.controller';

/** Routes of the staff under `/admin/v1`, and `/v1` for signed-in people. The panel is served beside them. */
@Module({
  imports: [PublicModule, StaffModule, TenantsModule, DeadLettersModule, MessagingModule],
  controllers: [SignInController, AccountController, StaffController, TenantsController, AllTenantsController],
  providers: [PersonGuard],
})
export class AdminModule {}

import { Module } from '@nestjs/common';
import { StaffModule } from '@heliograph/staff';
import { TenantsModule } from '@heliograph/tenants';
import { PublicModule } from '../public/public.module';
import { AccountController } from './account.controller';
import { PersonGuard } from './person.guard';
import { PhoneLinkController } from './phone-link.controller';
import { SignInController } from './sign-in.controller';
import { SimulatorControl } from './simulator/simulator-control';
import { SimulatorController } from './simulator/simulator.controller';
import { StaffController } from './staff.controller';
import { TenantsController } from './tenants.controller';

/** Routes of the staff under `/admin/v1`, and `/v1` for signed-in people. The panel is served beside them. */
@Module({
  imports: [PublicModule, StaffModule, TenantsModule],
  controllers: [SignInController, AccountController, StaffController, TenantsController, PhoneLinkController, SimulatorController],
  providers: [PersonGuard, SimulatorControl],
})
export class AdminModule {}

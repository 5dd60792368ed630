import { Module } from '@nestjs/common';
import { IngestionModule } from '@heliograph/ingestion';
import { StaffModule } from '@heliograph/staff';
import { TenantsModule } from '@heliograph/tenants';
import { PublicModule } from '../public/public.module';
import { AccountController } from './account.controller';
import { BrokersController } from './brokers.controller';
import { PersonGuard } from './person.guard';
import { SignInController } from './sign-in.controller';
import { StaffController } from './staff.controller';
import { TenantsController } from './tenants.controller';

/** Routes of the staff under `/admin/v1`, and `/v1` for signed-in people. The panel is served beside them. */
@Module({
  imports: [PublicModule, StaffModule, TenantsModule, IngestionModule],
  controllers: [SignInController, AccountController, StaffController, TenantsController, BrokersController],
  providers: [PersonGuard],
})
export class AdminModule {}

import { Module } from '@nestjs/common';
import { WorkerRole } from '@heliograph/kernel';
import { MessagingModule } from '@heliograph/messaging';
import { TenantsModule } from '@heliograph/tenants';
import { BrokerPoisonModule, EventIntakeModule } from '@heliograph/webhooks';
import { BrokerIntake } from './broker-intake';
import { BrokersRole } from './brokers-role';

/** Brokers as inputs: workers with the role `brokers`. */
@WorkerRole('brokers')
@Module({ imports: [MessagingModule, TenantsModule, BrokerPoisonModule, EventIntakeModule], providers: [BrokerIntake, BrokersRole] })
export class BrokersModule {}

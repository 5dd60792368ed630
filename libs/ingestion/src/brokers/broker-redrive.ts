import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Redrive } from '@heliograph/messaging';
import { BrokerPoison } from './broker-poison.repository';

/** Redrives messages of brokers: workers with the role `brokers` take them once more. */
@Injectable()
export class BrokerRedrive implements OnModuleInit {
  constructor(
    private readonly redrive: Redrive,
    private readonly poison: BrokerPoison,
  ) {}

  onModuleInit(): void {
    this.redrive.register('broker', (tx, tenantId, ids) => this.poison.again(tx, tenantId, ids));
  }
}

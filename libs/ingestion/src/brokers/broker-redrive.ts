import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Redrive } from '@heliograph/messaging';
import { BrokerPoison } from './broker-poison.repository';

/** Has messages of brokers taken once more, by the workers with the role `brokers`. */
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

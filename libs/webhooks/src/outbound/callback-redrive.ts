import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Redrive } from '@heliograph/messaging';
import { CallbackLog } from './callback-log.repository';

/** Has dead callbacks told again. */
@Injectable()
export class CallbackRedrive implements OnModuleInit {
  constructor(
    private readonly redrive: Redrive,
    private readonly callbacks: CallbackLog,
  ) {}

  onModuleInit(): void {
    this.redrive.register('callback', (tx, tenantId, subjects, actor) => this.callbacks.again(tx, tenantId, subjects, actor));
  }
}

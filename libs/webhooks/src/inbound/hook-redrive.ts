import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Redrive } from '@heliograph/messaging';
import { readAgain } from './hook-inbox.repository';

/** Sends dead hooks on: they are read again, by a build that may understand them now. */
@Injectable()
export class HookRedrive implements OnModuleInit {
  constructor(private readonly redrive: Redrive) {}

  onModuleInit(): void {
    this.redrive.register('hook', readAgain);
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LetterHandlers } from '@heliograph/dead-letters';
import { callbackLetters } from './callback-letters';
import { CallbackLog } from './callback-log.repository';

/** Redrives dead callbacks. */
@Injectable()
export class CallbackRedrive implements OnModuleInit {
  constructor(
    private readonly handlers: LetterHandlers,
    private readonly callbacks: CallbackLog,
  ) {}

  onModuleInit(): void {
    this.handlers.register(callbackLetters, {
      redrive: (tx, tenantId, letters, { actor }) =>
        this.callbacks.again(
          tx,
          tenantId,
          letters.map(({ subjectId }) => subjectId),
          actor,
        ),
    });
  }
}

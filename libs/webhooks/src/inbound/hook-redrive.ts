import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LetterHandlers } from '@heliograph/dead-letters';
import { readAgain } from './hook-inbox.repository';
import { hookLetters } from './hook-letters';

/** Redrives dead hooks: a newer version may be able to read them. */
@Injectable()
export class HookRedrive implements OnModuleInit {
  constructor(private readonly handlers: LetterHandlers) {}

  onModuleInit(): void {
    this.handlers.register(hookLetters, {
      redrive: (tx, tenantId, letters) =>
        readAgain(
          tx,
          tenantId,
          letters.map(({ subjectId }) => subjectId),
        ),
    });
  }
}

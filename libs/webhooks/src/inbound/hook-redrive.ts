import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LetterHandlers } from '@heliograph/dead-letters';
import { hookLetters } from './hook-letters';

/** Sends dead hooks on: they are read again, by a build that may understand them now. */
@Injectable()
export class HookRedrive implements OnModuleInit {
  constructor(private readonly handlers: LetterHandlers) {}

  onModuleInit(): void {
    this.handlers.register(hookLetters, {
      redrive: async (tx, tenantId, letters) => {
        await tx.query(
          `UPDATE hook_inbox SET processed_at = NULL, outcome = NULL, tries = 0 WHERE tenant_id = $1 AND id = ANY ($2::bigint[])`,
          [tenantId, letters.map(({ subjectId }) => subjectId)],
        );
      },
    });
  }
}

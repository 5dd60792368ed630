import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Redrive } from '@heliograph/messaging';

/** Sends dead hooks on: they are read again, by a build that may understand them now. */
@Injectable()
export class HookRedrive implements OnModuleInit {
  constructor(private readonly redrive: Redrive) {}

  onModuleInit(): void {
    this.redrive.register('hook', async (tx, tenantId, hookIds) => {
      await tx.query(
        `UPDATE hook_inbox SET processed_at = NULL, outcome = NULL, tries = 0 WHERE tenant_id = $1 AND id = ANY ($2::bigint[])`,
        [tenantId, hookIds],
      );
    });
  }
}

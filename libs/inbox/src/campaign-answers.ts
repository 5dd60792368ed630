import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Consents } from '@heliograph/contacts';
import { declareFeedReader, inHalves, Loops, TransactionFeed, type TransactionRange, type Tx } from '@heliograph/kernel';
import { MessageOutcomes, type Utterance } from '@heliograph/messaging';
import { Entries } from './entries.repository';

const followMs = 500;
const reader = declareFeedReader({ name: 'campaign_answers', memory: '14 days' });

/**
 * Records what people answer to campaigns. Reads entries and consents by transaction, so that the path of a hook carries nothing of it, in the
 * role `housekeeping`; one process of all does it, and each answer counts exactly once.
 */
@Injectable()
export class CampaignAnswers implements OnApplicationBootstrap {
  private readonly log = new Logger(CampaignAnswers.name);

  constructor(
    private readonly feed: TransactionFeed,
    private readonly entries: Entries,
    private readonly consents: Consents,
    private readonly outcomes: MessageOutcomes,
    private readonly loops: Loops,
  ) {}

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'campaign_answers', everyMs: followMs, work: (signal) => this.follow(signal) });
  }

  /** Processes everything that was said up to now. */
  async follow(signal?: AbortSignal): Promise<void> {
    const all = (tx: Tx, range: TransactionRange) => this.read(tx, range, async (said) => void (await this.outcomes.record(tx, said)));
    const apart = (tx: Tx, range: TransactionRange) => this.read(tx, range, (said) => this.recordApart(tx, said));
    while ((await this.feed.advance(reader, all, apart)) && !signal?.aborted);
  }

  private async read(tx: Tx, range: TransactionRange, record: (said: Utterance[]) => Promise<void>): Promise<void> {
    const tenants = await this.outcomes.tenants(tx);
    if (tenants.length === 0) return;
    const optOuts = (await this.consents.between(tx, range, tenants)).filter(({ action }) => action === 'opt_out');
    // A text that opts out is no answer besides. Both are stored in one transaction.
    const optingOut = new Set(optOuts.map(({ proof }) => (proof as { entry_id?: string } | null)?.entry_id));
    const written = (await this.entries.between(tx, range, tenants)).filter(
      ({ id, contactId }) => contactId !== null && !optingOut.has(id),
    );
    await record([
      ...written.flatMap(({ tenantId, phone, lid, receivedAt: at, answers }): Utterance[] => {
        const address = phone ?? lid;
        return address === null
          ? []
          : [{ tenantId, kind: 'reply', address, at, quotedId: answers?.by === 'quote' ? answers.messageId : null }];
      }),
      ...optOuts.flatMap(({ tenantId, address, at }): Utterance[] =>
        address === null ? [] : [{ tenantId, kind: 'opt_out', address, at, quotedId: null }],
      ),
    ]);
  }

  /** Records answers in halves where needed and skips one that cannot be recorded, so that it does not block the others. */
  private async recordApart(tx: Tx, said: Utterance[]): Promise<void> {
    for (const { item, error } of await inHalves(tx, said, async (some) => void (await this.outcomes.record(tx, some))))
      this.log.error({ event: 'campaign_answer.skipped', tenant: item.tenantId, kind: item.kind, error: (error as Error).message });
  }
}

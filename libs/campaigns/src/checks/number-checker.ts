import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Database, isStorageDown, Loops, Metrics } from '@heliograph/kernel';
import { LaneSettings } from '@heliograph/messaging';
import { clampedWaitMs, WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { candidatesOf, KnownTenants, SessionCredentials } from '@heliograph/tenants';
import { Campaigns } from '../campaigns.repository';
import { sharesOf } from '../launch/verdict.repository';
import { checkGapMs } from './check-gap';
import { type CheckedCampaign, NumberCheckQueue, type TakenNumber } from './number-check-queue.repository';

const everyMs = 2_000;
/** Rest of a session whose key is refused, or that is not connected. */
const downRestMs = 300_000;
/** Calls at the same time. */
const callsAtOnce = 8;

/** A number with the session that asks for it, and the days for which an answer holds. */
interface Ask {
  number: TakenNumber;
  sessionId: string;
  days: number;
}

/**
 * Asks the provider whether numbers of campaigns are on WhatsApp, in the role `campaigns`. A session asks for one number at a time, at gaps that
 * spread its budget over a day, through a call of its own: messages never wait for it.
 */
@Injectable()
export class NumberChecker implements OnApplicationBootstrap {
  private readonly failing;
  private readonly asked;

  constructor(
    private readonly db: Database,
    private readonly queue: NumberCheckQueue,
    private readonly campaigns: Campaigns,
    private readonly tenants: KnownTenants,
    private readonly lanes: LaneSettings,
    private readonly credentials: SessionCredentials,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: Pick<WhatsAppProvider, 'onWhatsApp'>,
    private readonly loops: Loops,
    metrics: Metrics,
  ) {
    this.failing = loops.watch('number_checks');
    this.asked = metrics.counter('number_checks_total', 'Questions to the provider whether numbers are on WhatsApp.', ['outcome']);
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'number_checks', everyMs, jitter: 0.1, work: (signal) => this.checkAll(signal) });
  }

  /** Looks at audiences, and asks for one number of each session whose slot is free. @returns whether there may be more */
  async checkAll(signal?: AbortSignal): Promise<boolean> {
    await this.queue.clear();
    let isMore = false;
    const asks: Ask[] = [];
    for (const campaign of await this.queue.open()) {
      if (signal?.aborted) break;
      try {
        if (campaign.isHungry) isMore = (await this.queue.fill(campaign)) || isMore;
        if (campaign.hasDue) asks.push(...(await this.takeFor(campaign)));
        this.failing.succeeded(campaign.id);
      } catch (error) {
        if (isStorageDown(error)) throw error;
        // The other campaigns go on.
        this.failing.failed(campaign.id, error);
      }
    }
    let fault: unknown;
    await Promise.all(
      Array.from({ length: callsAtOnce }, async () => {
        for (let ask = asks.pop(); ask && !fault; ask = asks.pop()) fault ??= await this.tryToAsk(ask);
      }),
    );
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the error of a statement, unchanged
    if (fault) throw fault;
    return isMore;
  }

  /** Takes a number for each free session of the campaign. */
  private async takeFor({ tenantId, id }: CheckedCampaign): Promise<Ask[]> {
    const tenant = await this.tenants.find(tenantId);
    if (!tenant || tenant.suspended) return [];
    const campaign = await this.campaigns.get(tenantId, id);
    const usable = sharesOf(await candidatesOf(this.db, tenantId), campaign.numbers).filter((session) => session.usable);
    const free = await this.queue.freeOf(
      tenantId,
      usable.map((session) => session.id),
    );
    if (free.length === 0) return [];
    await this.queue.forgetSent(tenantId, campaign);
    const lanes = await this.lanes.ofSessions(tenantId, free);
    const { per_day: perDay, valid_days: days } = tenant.settings.number_checks;
    const asks: Ask[] = [];
    for (const sessionId of free) {
      const lane = lanes.get(sessionId) ?? null;
      const gapMs = checkGapMs(perDay, lane);
      // A lane that the provider or a fault closed makes no checks either.
      if (gapMs === null || lane?.closedUntil) continue;
      const number = await this.queue.take(tenantId, id, sessionId, gapMs);
      if (number) asks.push({ number, sessionId, days });
    }
    return asks;
  }

  /** Asks for a number, which is free again after a minute when that fails. @returns the error when no number can be asked for now */
  private async tryToAsk(ask: Ask): Promise<unknown> {
    try {
      await this.ask(ask);
    } catch (error) {
      if (isStorageDown(error)) return error;
      this.failing.failed(ask.number.campaignId, error);
    }
    return undefined;
  }

  private async ask({ number, sessionId, days }: Ask): Promise<void> {
    const session = await this.credentials.find(sessionId);
    if (!session) return this.queue.rest(number, sessionId, downRestMs);
    const answer = await this.provider.onWhatsApp({ apiKey: session.apiKey }, number.spelling);
    this.asked.inc({ outcome: answer.ok ? (answer.value.exists ? 'found' : 'missing') : answer.reason });
    if (answer.ok) return this.queue.settle(number, answer.value.exists, days);
    if (answer.reason === 'throttled') return this.queue.rest(number, sessionId, clampedWaitMs(answer.feedback.retryAfterMs));
    if (answer.reason === 'session_down' || answer.reason === 'unauthorised') return this.queue.rest(number, sessionId, downRestMs);
    return this.queue.putBack(number);
  }
}

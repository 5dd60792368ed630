import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AppError, isItemFault, isStorageDown, Loops, StepsByKey } from '@heliograph/kernel';
import { CampaignTimes } from './campaign-times.repository';
import { CampaignExpansion, type OpenRun } from './expansion.repository';
import { MergedPeople } from './merged-people.repository';
import { SessionMoves } from './session-moves.repository';

const launchMs = 250;
const settleMs = 1_000;
const moveMs = 5_000;
/** Steps of the launch at the same time. */
const stepsAtOnce = 4;

/** Starts, expands and completes campaigns in the role `campaigns`; several processes share them. */
@Injectable()
export class CampaignRunner implements OnApplicationBootstrap {
  private readonly failing;
  /** Steps of the launch, by tenant. */
  private readonly steps = new StepsByKey(stepsAtOnce);

  constructor(
    private readonly expansion: CampaignExpansion,
    private readonly times: CampaignTimes,
    private readonly moves: SessionMoves,
    private readonly people: MergedPeople,
    private readonly loops: Loops,
  ) {
    this.failing = loops.watch('campaign');
  }

  onApplicationBootstrap(): void {
    this.loops.start({
      name: 'campaign_launch',
      everyMs: launchMs,
      work: (signal) => this.launchAll(signal),
      atEnd: () => this.steps.end(),
    });
    this.loops.start({ name: 'campaign_moves', everyMs: moveMs, work: (signal) => this.moveAll(signal) });
    this.loops.start({ name: 'campaign_settle', everyMs: settleMs, work: (signal) => this.settleAll(signal) });
  }

  /** Runs one chunk of a campaign of each tenant. @returns whether there may be more */
  async launchAll(signal: AbortSignal): Promise<boolean> {
    return this.steps.turn(
      await this.expansion.due(),
      ({ tenantId }) => tenantId,
      async (run) => {
        let isMore = false;
        await this.each([run], signal, async (one) => {
          isMore = await this.expansion.step(one);
        });
        return isMore;
      },
    );
  }

  /**
   * Moves messages into their next windows, also those of changed quiet hours, follows merges of contacts, completes campaigns, and lets those go on
   * of which messages are sent again.
   * @returns whether there may be more
   */
  async settleAll(signal: AbortSignal): Promise<boolean> {
    let isMore = false;
    await this.each(await this.expansion.reopened(), signal, (run) => this.expansion.reopen(run));
    await this.each(await this.times.outdated(), signal, async (campaign) => {
      isMore = (await this.times.refit(campaign)) || isMore;
    });
    await this.each(await this.people.merged(), signal, (run) => this.people.follow(run));
    await this.each(await this.expansion.windowed(), signal, async (campaign) => {
      isMore = (await this.times.move(campaign)) || isMore;
    });
    await this.each(await this.expansion.finished(), signal, (run) => this.expansion.complete(run));
    return isMore;
  }

  /** Lets messages follow the sessions of their campaigns. @returns whether there may be more */
  async moveAll(signal: AbortSignal): Promise<boolean> {
    let isMore = false;
    await this.each(await this.moves.running(), signal, async (campaign) => {
      try {
        isMore = (await this.moves.follow(campaign)) || isMore;
      } catch (error) {
        if (!(error instanceof AppError) || error.reason !== 'no_sessions') throw error;
        await this.expansion.hold(campaign, 'no_sessions');
      }
    });
    return isMore;
  }

  private async each<R extends OpenRun>(runs: R[], signal: AbortSignal, work: (run: R) => Promise<void>): Promise<void> {
    for (const run of runs) {
      if (signal.aborted) return;
      try {
        await work(run);
        this.failing.succeeded(run.id);
      } catch (error) {
        if (isStorageDown(error)) throw error;
        // The other campaigns go on. A repeat of one whose own data is at fault would fail without end, and nobody would know.
        this.failing.failed(run.id, error);
        if (isItemFault(error)) await this.holdFaulty(run, error);
      }
    }
  }

  /** Pauses a campaign whose data makes a step fail. When that fails too, a later turn tries again. */
  private async holdFaulty(run: OpenRun, fault: unknown): Promise<void> {
    try {
      await this.expansion.holdFaulty(run, fault);
    } catch (error) {
      if (isStorageDown(error)) throw error;
      this.failing.failed(run.id, error);
    }
  }
}

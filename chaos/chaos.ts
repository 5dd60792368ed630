import { setTimeout as sleep } from 'node:timers/promises';
import { CampaignKills, type CampaignStage, campaignStages } from './campaign-kills';
import { CampaignRun } from './campaign-run';
import { CoreApp } from './core-app';
import { Driver } from './driver';
import { type Blow, Havoc, type KillPoint } from './havoc';
import { command, Lab } from './lab/lab';
import type { CallbackVerdict } from './oracle/callbacks';
import { type Accept, type Intent, judge, type Sample, type Verdict } from './oracle/oracle';
import { type Recovery, recoveryOf, sendsOf } from './oracle/recovery-times';
import type { ReceiverFaults } from './receiver/receiver-log';
import { Rng } from './rng';

/** One chaos run. */
export interface ChaosOptions {
  messages: number;
  kills: number;
  sessions: number;
  /** People of a campaign that is paused and resumed meanwhile; absent: no campaign. */
  people?: number;
  /** Pauses of the campaign with a kill at one of its stages; absent: by the number of kills. */
  cycles?: number;
  seed: number;
  /** `marked`: every text is another. `identical`: one text for all, some people twice. */
  texts?: 'marked' | 'identical';
  /** True when the provider sends hooks for our own messages. */
  echoes?: boolean;
  redisUrl?: string;
  /** Pace of each session, to which the ledger of the provider is held; absent: one that spreads the messages over the run, to which it is not held. */
  pace?: { windowMs: number; limit: number };
  /** Another build to run, for sabotage. */
  dist?: string;
  /** Rates of answers that are lost after the provider took the message. */
  lostAnswers?: { cut: number; hang: number; error: number };
  /** Rates at which the core application's receiver fails. */
  receiverFaults?: ReceiverFaults;
  /** Every blow is a kill at this point of a call. */
  aim?: KillPoint;
  /** Rounds in which every connection to the database is terminated; absent: by the number of kills. */
  terminations?: number;
  onProgress?: (line: string) => void;
}

/** Result of a run. */
export interface ChaosResult {
  verdict: Verdict;
  /** Verdict about the callbacks that the core application got. */
  callbacks: CallbackVerdict;
  blows: Blow[];
  /** Processes that ended with an error of their own, with the end of their logs. */
  crashes: string[];
  /** From a kill to the next send of each lane that had more to send. */
  recoveryMs: Recovery;
  seconds: number;
  uncertainLeft: number;
  /** Number of `uncertainLeft` that a person is asked about. */
  parked: number;
  /** Events and hooks that a person had to redrive, because the process was killed each time it read them. */
  redriven: { events: number; hooks: number };
  /** Figures of the campaign, kills at its stages, and what does not fit of it in the end; null: there was none. */
  campaign: { figures: Record<string, number>; kills: Record<CampaignStage, number>; faults: string[] } | null;
  /** Output of `heliograph check` at the end; null when nothing is broken. */
  brokenInvariants: string | null;
  /**
   * Recovery within 30 s, nothing unknown that nobody was asked about, no invariant broken, no process ended by itself, and a campaign that adds
   * up and was struck at each of its stages.
   */
  isWithinBounds: boolean;
}

/** Most time from a kill to the next send of a lane, in ms. */
const recoveryBoundMs = 30_000;
const chunkSize = 250;
/** Time that blows take which wait, once of each kind, in ms. */
const slowBlowsMs = 25_000;
/** Time for which a cycle of the campaign lets it send, in ms. */
const cycleMs = 2_000;
const unfinished = ['scheduled', 'queued', 'claimed', 'calling'];
/** A lost answer is given up after this, in ms. */
const sendTimeoutMs = 3_000;
/** Evidence is looked for this long before a person is asked, in ms: past two looks into the provider's log. */
const graceMs = 20_000;
/** Attempts enough that nothing dies, whatever the receiver does, in s. */
const callbackSchedule = '0.5,1,1,2,2,3,5,5,5,5,5,5,5,5,5';
const receiverFaults: ReceiverFaults = { error: 0.03, cut: 0.02, hang: 0.001, throttle: 0.002 };
/** Messages that people write, and events that make a message, of those sent. */
const inboundShare = 0.1;
const eventShare = 0.1;

/** Starts the real processes, sends messages through them while they are killed, and lets the oracle judge. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const rng = new Rng(options.seed);
  const messages = options.messages + (options.people ?? 0);
  const meanMs = Math.min(4_000, Math.max(1_500, (messages / Math.max(1, options.kills)) * 12));
  // Spread over the blows, so that there is always something to break.
  const cycles = options.people ? (options.cycles ?? Math.max(3, Math.ceil(options.kills / 10))) : 0;
  const durationMs = Math.max(10_000, options.kills * meanMs, cycles * cycleMs);
  const perSession = messages / options.sessions;
  const gapMs = Math.max(2, Math.floor((durationMs * 0.75) / perSession));
  const spread = Math.ceil(100 / gapMs);
  const pace = options.pace ?? { windowMs: Math.max(100, gapMs * spread), limit: spread };
  const lab = await Lab.start({
    apis: 2,
    workers: 2,
    sessions: options.sessions,
    receiver: true,
    ...(options.redisUrl && { redisUrl: options.redisUrl }),
    ...(options.dist && { dist: options.dist }),
    simulatorEnv: { SIM_SEED: String(options.seed) },
    env: {
      WASENDER_SEND_TIMEOUT_MS: String(sendTimeoutMs),
      UNCERTAIN_GRACE_MS: String(graceMs),
      INFO_BUDGET_PER_MINUTE: '120',
      CALLBACK_SCHEDULE_S: callbackSchedule,
    },
  });
  let endBlows = (): Promise<void> => Promise.resolve();
  try {
    const driver = new Driver(lab.apiUrls, lab.seed.apiKey);
    const sessions = await sessionsOf(driver);
    for (const id of sessions.values())
      await driver.insist('PATCH', `/v1/sessions/${id}/limits`, {
        window_ms: pace.windowMs,
        window_limit: pace.limit,
      });
    await lab.sim.configure({
      hookDuplicateRate: 0.05,
      hookLossRate: 0.05,
      hookDisorderMs: 300,
      hookRetriesMs: [1_000, 3_000, 5_000],
      readRate: 0.3,
      ...(options.echoes === false && { echoEvents: [], receiptEvents: false }),
    });
    const core = new CoreApp(lab, driver);
    await core.listen(options.receiverFaults ?? receiverFaults);
    await core.rule(sessions);
    const lost = options.lostAnswers ?? { cut: 0.01, hang: 0.002, error: 0.008 };
    for (const [kind, rate] of [
      ['accept-cut', lost.cut],
      ['accept-hang', lost.hang],
      ['accept-500', lost.error],
    ] as const)
      if (rate > 0) await lab.sim.fault({ kind, rate });

    const intents = intentsFor(options, [...sessions.keys()]);
    const reported = eventIntents(intents, Math.floor(options.messages * eventShare));
    const blowsOfAKind = options.aim ? 0 : Math.ceil(options.kills / 50);
    const havoc = new Havoc(lab, rng, {
      kills: options.kills,
      everyMs: meanMs,
      ...(options.aim && { aim: options.aim }),
      freezeMs: 20_000,
      postgresRestarts: options.aim ? 0 : Math.ceil(options.kills / 25),
      queueLosses: blowsOfAKind,
      terminations: options.terminations ?? blowsOfAKind,
      failedStatements: blowsOfAKind,
      poisonedLanes: blowsOfAKind,
      overloads: blowsOfAKind,
    });
    endBlows = () => havoc.leaveDown();
    const plan = { people: options.people ?? 0, cycles, durationMs: durationMs + blowsOfAKind * slowBlowsMs };
    const kills = new CampaignKills(lab, (blow) => havoc.blows.push(blow));
    const campaign = options.people ? new CampaignRun(lab, driver, kills, plan, new Rng(options.seed + 2)) : null;
    await campaign?.prepare([...sessions.values()]);
    const startedAt = Date.now();
    havoc.watch();
    await campaign?.takeOff();
    const running = havoc.run();
    const posting = core.postEvents(reported, durationMs * 0.6);
    const writing = core.writeToSessions(
      [...sessions.keys()],
      options.messages * inboundShare,
      durationMs * 0.6,
      new Rng(options.seed + 1),
    );
    const flying = campaign?.fly(running);
    const samples: Sample[] = [];
    const watching = watch(driver, intents, samples, running, options.onProgress, havoc, startedAt);
    // A failure ends the run where it is awaited, after which the lab is stopped; unhandled until then, it would end this process alone.
    for (const side of [running, posting, writing, flying, watching]) side?.catch(() => undefined);
    for (let at = 0; at < intents.length; at += chunkSize) {
      const pause = startedAt + (durationMs * 0.6 * at) / intents.length - Date.now();
      if (pause > 0) await sleep(pause);
      await driver.send(`chaos-${options.seed}-${at}`, intents.slice(at, at + chunkSize), sessions);
    }
    await running;
    await flying;
    await havoc.stop();
    await Promise.all([watching, writing, posting]);
    const events = await core.read();
    await campaign?.land();
    await settle(lab, driver, options.onProgress);
    const hooks = await core.redrive('hook');
    if (hooks > 0) await settle(lab, driver, options.onProgress);
    const callbacks = await core.judge(options.onProgress);
    const states = await driver.states();
    // Read after the states: a message that is said to be sent was taken before.
    const accepts: Accept[] = (await lab.sim.ledger()).filter((line) => line.decision === 'accepted');
    const ended = await campaign?.end(sessions, accepts);
    const verdict = judge({
      intents: [...intents, ...reported, ...(ended?.intents ?? [])],
      accepts,
      states,
      samples,
      ...(options.pace && { pace }),
    });
    const uncertainLeft = [...states.values()].filter((state) => state === 'uncertain').length;
    const causes = await driver.get<{ data: { cause: string; count: number }[] }>('/v1/dead-letters/causes');
    const parked = causes.data.filter((group) => group.cause === 'outcome_unknown').reduce((sum, group) => sum + group.count, 0);
    const brokenInvariants = await command(lab.env, ['check']).then(
      () => null,
      (error: Error) => error.message,
    );
    const recoveryMs = recoveryOf(havoc.blows, sendsOf([...intents, ...reported], accepts));
    const struck = campaignStages.map((stage) => [stage, havoc.blows.filter((blow) => blow.stage === stage).length] as const);
    return {
      verdict,
      callbacks,
      blows: havoc.blows,
      crashes: havoc.crashes,
      recoveryMs,
      seconds: (Date.now() - startedAt) / 1_000,
      uncertainLeft,
      parked,
      redriven: { events, hooks },
      campaign: ended
        ? { figures: ended.figures, kills: Object.fromEntries(struck) as Record<CampaignStage, number>, faults: ended.faults }
        : null,
      brokenInvariants,
      isWithinBounds:
        recoveryMs.unheld <= recoveryBoundMs &&
        uncertainLeft === parked &&
        brokenInvariants === null &&
        havoc.crashes.length === 0 &&
        (!ended || (ended.faults.length === 0 && struck.every(([, count]) => count > 0))),
    };
  } finally {
    // Whoever starts killed processes again would do so after the lab is gone.
    await endBlows();
    await lab.stop();
  }
}

/** Our session ids by the provider's number. */
async function sessionsOf(driver: Driver): Promise<Map<number, string>> {
  const { data } = await driver.get<{ data: { id: string; provider_session_id: string }[] }>('/v1/sessions?limit=500');
  return new Map(data.map((session) => [Number(session.provider_session_id), session.id]));
}

function intentsFor({ messages, texts }: ChaosOptions, sessions: number[]): Intent[] {
  return Array.from({ length: messages }, (_, id) => {
    // In the identical mode every tenth person is written to twice, and the two look the same.
    const person = texts === 'identical' && id % 10 === 9 ? id - sessions.length : id;
    const digits = String(Math.max(0, person)).padStart(6, '0');
    return {
      id,
      session: sessions[id % sessions.length] as number,
      to: id % 3 === 0 ? `+44 7700 ${digits}` : `+447700${digits}`,
      text: texts === 'identical' ? 'Autumn sale: 20 % off until Sunday.' : `Message ${id}`,
      messageId: null,
    };
  });
}

/** Messages to other people than those of `intents`, through the same sessions, that events are to make. */
function eventIntents(intents: Intent[], count: number): Intent[] {
  return intents.slice(0, count).map(({ id, session }) => ({
    id: intents.length + id,
    session,
    to: `+447800${String(id).padStart(6, '0')}`,
    text: `Event ${id}`,
    messageId: null,
  }));
}

/** Samples the states of some messages each second, until the blows are over. */
async function watch(
  driver: Driver,
  intents: Intent[],
  samples: Sample[],
  running: Promise<void>,
  onProgress: ChaosOptions['onProgress'],
  havoc: Havoc,
  startedAt: number,
): Promise<void> {
  let isOver = false;
  void running.finally(() => (isOver = true));
  while (!isOver) {
    await sleep(1_000);
    const known = intents.filter((intent) => intent.messageId !== null);
    const chosen = known.filter((_, i) => i % Math.max(1, Math.floor(known.length / 20)) === 0);
    const states = new Map<string, string>();
    for (const { messageId } of chosen) {
      const message = await driver.get<{ state: string }>(`/v1/messages/${messageId}`);
      states.set(messageId as string, message.state);
    }
    samples.push({ atMs: Date.now(), states });
    onProgress?.(
      `${Math.round((Date.now() - startedAt) / 1_000)} s: ${known.length} of ${intents.length} posted, ${havoc.kills} kills, last: ${havoc.blows.at(-1)?.what ?? 'nothing yet'}`,
    );
  }
}

/** Waits until every message has its outcome and every hook was sent, or until the provider has made no hook for four minutes. */
async function settle(lab: Lab, driver: Driver, onProgress: ChaosOptions['onProgress']): Promise<void> {
  let made = 0;
  for (let movedAt = Date.now(); Date.now() - movedAt < 240_000; await sleep(500)) {
    const isSent = await driver.isNoneAt(unfinished);
    const isKnown = isSent && (await driver.isNoneAt(['uncertain']));
    const { sent, pending } = await lab.sim.hooks();
    if (made !== sent) [made, movedAt] = [sent, Date.now()];
    onProgress?.(`waiting: ${isSent ? 'all sent' : 'still sending'}, ${isKnown ? 'all known' : 'some unknown'}, ${pending} hooks to come`);
    if (isKnown && pending === 0) return;
    // What has no evidence is parked after the grace, and stays unknown.
    if (isSent && pending === 0) {
      const uncertain = await driver.get<{ data: { cause: string | null }[] }>('/v1/messages?limit=500&state=uncertain');
      if (uncertain.data.every((message) => message.cause === 'outcome_unknown')) return;
    }
  }
}

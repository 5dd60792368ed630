import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { endChildren } from './lab/end-children';
import { type ChaosOptions, type ChaosResult, runChaos } from './chaos';
import type { CallbackViolation } from './oracle/callbacks';
import type { Violation } from './oracle/oracle';
import { type RestoreResult, runRestore } from './restore';

const usage = `npm run chaos -- [options]

  --messages 50000   messages to send
  --kills 200        processes to SIGKILL, a third of them at an aimed point of a call
  --sessions 50      sessions they leave through
  --people 2000      people of a campaign that is paused and resumed meanwhile; 0: no campaign
  --cycles N         pauses of the campaign with a kill at one of its stages; default: a tenth of the kills
  --seed 1           repeats a run
  --redis URL        queue on Redis instead of PostgreSQL
  --texts marked     marked: every text is another; identical: one text for all
  --echoes on        off: the provider tells nothing of our own messages
  --restore on       then puts the database back from an older copy while a broadcast is sent; off: does not; only: nothing else`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      messages: { type: 'string', default: '50000' },
      kills: { type: 'string', default: '200' },
      sessions: { type: 'string', default: '50' },
      people: { type: 'string', default: '2000' },
      cycles: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      redis: { type: 'string' },
      texts: { type: 'string', default: 'marked' },
      echoes: { type: 'string', default: 'on' },
      restore: { type: 'string', default: 'on' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void console.log(usage);
  const options: ChaosOptions = {
    messages: Number(values.messages),
    kills: Number(values.kills),
    sessions: Number(values.sessions),
    people: Number(values.people),
    ...(values.cycles && { cycles: Number(values.cycles) }),
    seed: Number(values.seed),
    texts: values.texts === 'identical' ? 'identical' : 'marked',
    echoes: values.echoes !== 'off',
    ...(values.redis && { redisUrl: values.redis }),
    onProgress: (line) => (process.stdout.isTTY ? process.stdout.write(`\r\x1b[2K${line}`) : undefined),
  };
  console.log(`Seed ${options.seed}`);
  let isAllGood = true;
  if (values.restore !== 'only') {
    const result = await runChaos(options);
    report(result);
    const dir = join('.data', 'chaos');
    mkdirSync(dir, { recursive: true });
    const { verdict, ...figures } = result;
    writeFileSync(join(dir, `seed-${options.seed}.json`), JSON.stringify({ options, ...figures, ...verdict }, null, 2));
    isAllGood = isGood(result);
  }
  if (values.restore !== 'off') {
    const { redisUrl, onProgress } = options;
    const result = await runRestore({ ...restored, ...(redisUrl && { redisUrl }), ...(onProgress && { onProgress }) });
    reportRestore(result);
    isAllGood &&= result.isGood;
  }
  await sleep(0);
  process.exit(isAllGood ? 0 : 1);
}

/** Enough of everything in about a minute. */
const restored = { messages: 600, sessions: 10 };

function reportRestore({ verdict, isGood: isRestoreGood, ...figures }: RestoreResult): void {
  console.log();
  console.table(figures);
  for (const { kind, detail } of verdict.violations.slice(0, 20)) console.log(`${kind}: ${detail}`);
  console.log(isRestoreGood ? 'Verdict of the restore: nothing doubled but what was listed.' : 'Verdict of the restore: BROKEN.');
}

const isGood = ({ verdict, callbacks, isWithinBounds }: ChaosResult): boolean =>
  verdict.violations.length === 0 && callbacks.violations.length === 0 && isWithinBounds;

function report(result: ChaosResult): void {
  const { verdict, callbacks, blows, crashes, recoveryMs, seconds, uncertainLeft, parked, redriven, campaign, brokenInvariants } = result;
  console.log();
  console.table(verdict.counts);
  console.table(callbacks.counts);
  console.table({
    seconds: Math.round(seconds),
    kills: blows.filter((blow) => blow.isKill && !blow.stage).length,
    'other blows': blows.filter((blow) => !blow.isKill).length,
    'recovery median ms': recoveryMs.median,
    'recovery longest ms': recoveryMs.longest,
    'longest without what other blows held ms': recoveryMs.unheld,
    'uncertain left': uncertainLeft,
    'of them parked for a person': parked,
    'events redriven by a person': redriven.events,
    'hooks redriven by a person': redriven.hooks,
  });
  if (campaign) {
    const kills = Object.entries(campaign.kills).map(([stage, count]) => [`kills at ${stage}`, count]);
    console.table({ ...campaign.figures, ...(Object.fromEntries(kills) as Record<string, number>) });
  }
  for (const violation of verdict.violations.slice(0, 20)) console.log(timeline(violation, blows));
  for (const violation of callbacks.violations.slice(0, 20)) console.log(callbackTimeline(violation, blows));
  const slowest = blows.toSorted((a, b) => (b.recoveryMs ?? 0) - (a.recoveryMs ?? 0))[0];
  if (slowest?.recoveryMs) console.log([`slowest recovery: ${slowest.recoveryMs} ms`, ...blowsNear([slowest.atMs], blows)].join('\n'));
  for (const fault of campaign?.faults ?? []) console.log(`campaign: ${fault}`);
  for (const crash of crashes) console.log(`ended by itself: ${crash}`);
  if (brokenInvariants !== null) console.log(`broken invariants: ${brokenInvariants}`);
  console.log(isGood(result) ? 'Verdict: nothing lost, nothing doubled.' : 'Verdict: BROKEN.');
}

/** One violation with all that happened around it. */
function timeline({ kind, detail, intents, accepts }: Violation, blows: ChaosResult['blows']): string {
  return [
    `${kind}: ${detail}`,
    ...intents.map((intent) => `  asked  ${intent.messageId ?? '(no id)'} session ${intent.session}`),
    ...accepts.map((accept) => `  taken  seq ${accept.seq} at ${new Date(accept.wallMs).toISOString()}`),
    ...blowsNear(
      accepts.map((accept) => accept.wallMs),
      blows,
    ),
  ].join('\n');
}

function callbackTimeline({ kind, detail, posts }: CallbackViolation, blows: ChaosResult['blows']): string {
  return [
    `${kind}: ${detail}`,
    ...posts.slice(0, 10).map(
      (post) =>
        `  posted seq ${post.seq} at ${new Date(post.atMs).toISOString()}: ${post.events
          .map((event) => `${event.type} ${event.id}`)
          .slice(0, 3)
          .join(', ')}, answered ${post.answered ?? 'nothing'}`,
    ),
    ...blowsNear(
      posts.map((post) => post.atMs),
      blows,
    ),
  ].join('\n');
}

/** The last blows within a minute of these times, each kill with the time until every session sent again. */
function blowsNear(times: number[], blows: ChaosResult['blows']): string[] {
  const near = blows.filter((blow) => times.some((at) => Math.abs(at - blow.atMs) < 60_000));
  return near
    .slice(-10)
    .map(
      ({ atMs, what, recoveryMs }) =>
        `  blow   ${new Date(atMs).toISOString()} ${what}${recoveryMs === undefined ? '' : `, ${recoveryMs} ms`}`,
    );
}

// Nothing that was started here goes on after a Ctrl-C.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void endChildren().finally(() => process.exit(1)));
void main();

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Driver } from './driver';
import { command, Lab } from './lab/lab';
import { type Accept, type Intent, judge, type Verdict } from './oracle/oracle';

/** One run in which the database is put back from an older copy. */
export interface RestoreOptions {
  messages: number;
  sessions: number;
  redisUrl?: string;
  /** Another build to run, for sabotage. */
  dist?: string;
  onProgress?: (line: string) => void;
}

/** Result of the run. */
export interface RestoreResult {
  verdict: Verdict;
  /** Broadcasts that were sent after the copy was made and before it was put back. */
  forgotten: number;
  /** Broadcasts that left while they should have been held. */
  leaked: number;
  /** Forgotten messages that the provider's log proved. */
  proven: number;
  /** Messages that the product says may be second copies. */
  listed: number;
  /** Second copies of messages on that list, and of messages that are not. */
  doubledListed: number;
  doubledUnlisted: number;
  isGood: boolean;
}

const gapMs = 250;
const patienceMs = 120_000;
const unfinished = ['scheduled', 'queued', 'claimed', 'calling', 'uncertain'];

/**
 * Sends a broadcast, copies the database, goes on sending, puts the copy back and starts again: broadcasts are held, the provider's log
 * settles what it proves, and after the release nobody gets a second copy but of messages that the product listed. Of one session the
 * provider keeps no contents, so that there are such.
 */
export async function runRestore(options: RestoreOptions): Promise<RestoreResult> {
  const lab = await Lab.start({
    apis: 1,
    workers: 2,
    sessions: options.sessions,
    ...(options.redisUrl && { redisUrl: options.redisUrl }),
    ...(options.dist && { dist: options.dist }),
    // A copy of seconds ago is a copy too.
    env: { LEDGER_MAX_LOSS_S: '0', UNCERTAIN_GRACE_MS: '20000' },
  });
  try {
    const driver = new Driver(lab.apiUrls, lab.seed.apiKey);
    const { data } = await driver.get<{ data: { id: string; provider_session_id: string }[] }>('/v1/sessions?limit=500');
    const sessions = new Map(data.map((session) => [Number(session.provider_session_id), session.id]));
    const numbers = [...sessions.keys()];
    const [silent] = [...sessions.values()];
    for (const id of sessions.values()) await driver.insist('PATCH', `/v1/sessions/${id}/limits`, { window_ms: gapMs, window_limit: 1 });
    await forgetContents(lab, silent as string);

    const broadcast = intentsFor(options.messages, numbers, 'Broadcast', 0);
    const urgent = intentsFor(numbers.length, numbers, 'Urgent', options.messages);
    await driver.send('restore-broadcast', broadcast, sessions, 'broadcast');
    const accepts = async (): Promise<Accept[]> => (await lab.sim.ledger()).filter((line) => line.decision === 'accepted');
    const sent = (share: number) => async () => (await accepts()).length >= options.messages * share;

    await waitFor('a quarter to be sent', sent(0.25), options.onProgress);
    await stopAll(lab);
    const copied = (await accepts()).length;
    await lab.postgres.copy();
    const copiedBeats = beatsOf(lab);
    await startAll(lab);
    await waitFor('half to be sent', async () => (await sent(0.5)()) && beatsOf(lab) > copiedBeats, options.onProgress);
    await stopAll(lab);
    const before = (await accepts()).length;
    await lab.postgres.putBack();
    await startAll(lab);

    await waitFor('the hold', () => isHeld(lab), options.onProgress);
    await driver.send('restore-urgent', urgent, sessions, 'transactional');
    const status = async () =>
      JSON.parse(await command(lab.env, ['ledger:status'])) as { sessions: number; compared: number; found_sent: number };
    await waitFor('the comparison', async () => ((s) => s.compared === s.sessions)(await status()), options.onProgress);
    await waitFor('what is urgent', async () => (await accepts()).length >= before + urgent.length, options.onProgress);
    const leaked = (await accepts()).length - before - urgent.length;
    const { found_sent: proven } = await status();
    const listed = new Set(
      (await command(lab.env, ['ledger:may-duplicate']))
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { id: string }).id),
    );
    await command(lab.env, ['ledger:release', '--by', 'chaos']);
    await waitFor('the end', () => driver.isNoneAt(unfinished), options.onProgress);

    const verdict = judge({ intents: [...broadcast, ...urgent], accepts: await accepts(), states: await driver.states() });
    const [doubled, others] = [
      verdict.violations.filter(({ kind }) => kind === 'duplicate'),
      verdict.violations.filter(({ kind }) => kind !== 'duplicate'),
    ];
    const isListed = ({ intents }: { intents: Intent[] }) => intents.every(({ messageId }) => messageId !== null && listed.has(messageId));
    const doubledListed = doubled.filter(isListed).length;
    const doubledUnlisted = doubled.length - doubledListed;
    return {
      verdict,
      forgotten: before - copied,
      leaked,
      proven,
      listed: listed.size,
      doubledListed,
      doubledUnlisted,
      isGood: others.length === 0 && doubledUnlisted === 0 && leaked === 0 && before > copied && proven > 0,
    };
  } finally {
    await lab.stop();
  }
}

function intentsFor(count: number, sessions: number[], what: string, from: number): Intent[] {
  return Array.from({ length: count }, (_, i) => ({
    id: from + i,
    session: sessions[i % sessions.length] as number,
    to: `+447700${String(from + i).padStart(6, '0')}`,
    text: `${what} ${i}`,
    messageId: null,
  }));
}

const stopAll = (lab: Lab): Promise<unknown> => Promise.all([...lab.apis, ...lab.workers].map((one) => one.stop('SIGTERM', 30_000)));

async function startAll(lab: Lab): Promise<void> {
  const all = [...lab.apis, ...lab.workers];
  for (const one of all) one.start();
  await Promise.all(all.map((one) => one.ready()));
}

/** Returns the number of beats that the installation file names: the ledger was written up to there. */
const beatsOf = (lab: Lab): number => (JSON.parse(readFileSync(lab.installationFile, 'utf8')) as { beats: number }).beats;

/** Returns true when every worker says that it holds. */
async function isHeld(lab: Lab): Promise<boolean> {
  const states = await Promise.all(
    lab.workers.map(async (worker) => {
      const answer = await fetch(worker.spec.healthUrl);
      return ((await answer.json()) as { details: { ledger: { state: string } } }).details.ledger.state;
    }),
  );
  return states.every((state) => state === 'held');
}

/** The provider keeps the contents of this session no longer. */
async function forgetContents(lab: Lab, sessionId: string): Promise<void> {
  const client = new Client({ connectionString: lab.postgres.url });
  await client.connect();
  try {
    await client.query('UPDATE sessions SET log_messages = false WHERE id = $1', [sessionId]);
  } finally {
    await client.end();
  }
}

/** @throws when it does not come to pass in time */
async function waitFor(what: string, ask: () => Promise<boolean>, onProgress: RestoreOptions['onProgress']): Promise<void> {
  onProgress?.(`restore: waiting for ${what}`);
  for (const endsAt = Date.now() + patienceMs; Date.now() < endsAt; await sleep(250)) if (await ask()) return;
  throw new Error(`Waited ${patienceMs / 1_000} s in vain for ${what}.`);
}

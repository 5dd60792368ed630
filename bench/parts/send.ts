import { DataSource } from 'typeorm';
import { Database, dataSourceOptions } from '@heliograph/kernel';
import { messagingConfig } from '../../libs/messaging/src/messaging.config';
import { beside } from '../campaign-beside';
import { Figures } from '../figures';
import { ledgerCeiling, seedLanes, seedMessages } from '../ledger-ceiling';
import {
  type Backend,
  type BenchOptions,
  broadcastDigits,
  checkInvariants,
  child,
  onStage,
  postBroadcast,
  sendRate,
  setPace,
  simSessions,
  type Stage,
} from '../stage';
import { fillTextbook } from '../textbook/fill';

/** (a, f) Send rate end to end with the pace off and one worker, against undici alone, the textbook pipeline and the ledger alone. */
export async function send({ quick, backends, campaign }: BenchOptions): Promise<Figures> {
  const figures = new Figures('a');
  const count = quick ? 5_000 : 50_000;
  const sessions = quick ? 50 : 500;
  const rates = new Map<Backend, number>();
  let undici = 0;
  for (const backend of backends) {
    await onStage(
      backend,
      // The ledger alone is written beside the product.
      { sessions, workers: 0, ownRows: true },
      beside(campaign, async (stage) => {
        await stage.lab.sim.configure({ hooksEnabled: false });
        const apiKeys = (await simSessions(stage)).map((session) => session.apiKey);
        if (undici === 0) {
          undici = await undiciAlone(stage, apiKeys, count / 2);
          figures.add('undici alone, best of 8, 16, 64, 128 connections', undici, 'calls/s');
        }
        const textbook = await textbookRate(stage, apiKeys, Math.min(count, 20_000), 'fetch');
        const withPool = await textbookRate(stage, apiKeys, Math.min(count, 20_000), 'undici');
        figures.add(`${backend}: textbook`, textbook, 'messages/s');
        figures.add(`${backend}: textbook with an undici pool`, withPool, 'messages/s');
        const rate = await productRate(stage, count, figures, backend);
        await checkInvariants(stage);
        rates.set(backend, rate);
        figures.goal(backend === 'redis' ? '1' : '2', `${backend}: of textbook`, rate / textbook, 'x', {
          min: backend === 'redis' ? 3 : 5,
        });
        figures.add(`${backend}: of textbook with an undici pool`, rate / withPool, 'x');
        if (backend === 'redis') figures.goal('1', 'redis: of undici alone', rate / undici, 'x', { min: 0.15 });
        else figures.add('postgres: of undici alone', rate / undici, 'x');
        if (backend !== backends[0]) return;
        const ceiling = await ledgerAlone(stage.lab.postgres.url, count, sessions);
        figures.add('ledger alone: the same statements, neither HTTP nor queue', ceiling, 'messages/s');
        figures.add(`${backend}: of the ledger alone`, rate / ceiling, 'x');
      }),
    );
  }
  const [onPostgres, onRedis] = [rates.get('postgres'), rates.get('redis')];
  if (onPostgres && onRedis) figures.goal('2', 'postgres: of redis', onPostgres / onRedis, 'x', { min: 0.7 });
  return figures;
}

async function undiciAlone({ lab }: Stage, apiKeys: string[], calls: number): Promise<number> {
  let best = 0;
  for (const connections of [8, 16, 64, 128]) {
    const run = child('baselines/call.js', [lab.sim.url, String(connections), String(calls), apiKeys.slice(0, 50).join(',')]);
    best = Math.max(best, Number(await run.output));
    await lab.sim.reset();
  }
  return best;
}

async function textbookRate(stage: Stage, apiKeys: string[], count: number, client: 'fetch' | 'undici'): Promise<number> {
  const { lab, redisUrl } = stage;
  await fillTextbook(lab.postgres.url, redisUrl, apiKeys, count);
  const worker = child('textbook/send-worker.js', [lab.postgres.url, redisUrl ?? '', lab.sim.url, client]);
  const rate = await sendRate(stage, count).finally(worker.stop);
  await lab.sim.reset();
  return rate;
}

async function productRate(stage: Stage, count: number, figures: Figures, backend: Backend): Promise<number> {
  await setPace(stage, 5_000, 0);
  await postBroadcast(stage, count);
  const worker = await stage.lab.addWorker();
  const rate = await sendRate(stage, count);
  figures.add(`${backend}: Heliograph, one worker`, rate, 'messages/s');
  figures.add(`${backend}: worker CPU a message`, (worker.cpuMs() * 1_000) / count, 'us');
  const { duplicates } = await stage.lab.sim.summary(broadcastDigits);
  figures.goal('18', `${backend}: messages doubled`, duplicates, '', { max: 0 });
  await worker.stop();
  return rate;
}

async function ledgerAlone(url: string, count: number, sessions: number): Promise<number> {
  const dataSource = await new DataSource(dataSourceOptions(url, 16)).initialize();
  try {
    const db = new Database(dataSource);
    const { tenantId, sessionIds } = await seedLanes(db, sessions);
    await seedMessages(db, tenantId, sessionIds, count, { guarded: true });
    return (await ledgerCeiling(db, sessionIds, messagingConfig.LANES_AT_ONCE.parse(undefined))).perSecond;
  } finally {
    await dataSource.destroy();
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { command } from '../../chaos/lab/lab';
import { Driver } from '../../chaos/driver';
import { Figures } from '../figures';
import { type BenchOptions, onStage, postBroadcast, setPace, type Stage, textTo } from '../stage';

/** (g) How long a message takes to the provider: idle, beside another tenant's broadcast, and in front of a paced backlog. */
export async function latency({ quick, backends: [backend = 'postgres'] }: BenchOptions): Promise<Figures> {
  const figures = new Figures('g');
  const probes = quick ? 20 : 200;
  await onStage(backend, { sessions: 101, workers: 1 }, async (stage) => {
    const { lab } = stage;
    await lab.sim.configure({ hooksEnabled: false });
    await setPace(stage, 5_000, 0);
    const neighbour = await addTenant(stage);

    await probe(stage, neighbour, '1', 10, 50);
    const idle = await probe(stage, neighbour, '2', probes, 50);
    figures.goal('5', 'POST to provider, idle: p50', at(idle, 0.5), 'ms', { most: 50 });
    figures.goal('5', 'POST to provider, idle: p99', at(idle, 0.99), 'ms', { most: 200 });

    const [paced, ...unpaced] = lab.seed.sessions as [string, ...string[]];
    const intervalMs = 1_000;
    await stage.driver.insist('PATCH', `/v1/sessions/${paced}/limits`, { window_ms: intervalMs, window_limit: 1 });
    await postBroadcast(stage, 300, [paced]);
    await sleep(3_000);
    const own = { driver: stage.driver, sessionId: paced };
    const inLane = await probe(stage, own, '3', quick ? 5 : 12, 2_200);
    figures.goal('15', 'urgent message in a paced session: longest', at(inLane, 1), 'ms', { most: intervalMs + 200 });

    await postBroadcast(stage, quick ? 10_000 : 50_000, unpaced);
    const { accepted: before } = await lab.sim.summary();
    const busy = await probe(stage, neighbour, '4', quick ? 20 : 100, 50);
    const { accepted: after } = await lab.sim.summary();
    figures.add('broadcast messages sent meanwhile', after - before);
    figures.add('POST to provider beside another tenant’s 50,000: p50', at(busy, 0.5), 'ms');
    figures.goal('14', 'POST to provider beside another tenant’s 50,000: p99', at(busy, 0.99), 'ms', { most: 1_000 });
  });
  return figures;
}

interface Sender {
  driver: Driver;
  sessionId: string;
}

/** A second tenant with one unpaced session. */
async function addTenant({ lab }: Stage): Promise<Sender> {
  const [made] = (await (
    await fetch(`${lab.sim.url}/sim/sessions`, { method: 'POST', body: '{"count":1}', headers: { 'content-type': 'application/json' } })
  ).json()) as [{ apiKey: string; webhookSecret: string }];
  const tenant = JSON.parse(await command(lab.env, ['tenant:create', '--name', 'Neighbour'])) as { id: string };
  const scopes = 'messages:write,messages:read,sessions:manage';
  const key = JSON.parse(await command(lab.env, ['key:create', '--tenant', tenant.id, '--name', 'bench', '--scopes', scopes])) as {
    secret: string;
  };
  const driver = new Driver(lab.apiUrls, key.secret);
  const { session } = await driver.insist<{ session: { id: string } }>('POST', '/v1/sessions', {
    mode: 'register',
    api_key: made.apiKey,
    webhook_secret: made.webhookSecret,
  });
  await driver.insist('PATCH', `/v1/sessions/${session.id}/limits`, { window_limit: 0 });
  return { driver, sessionId: session.id };
}

/** Posts urgent messages one after the other. @returns ms from each POST to its arrival at the provider, sorted */
async function probe({ lab }: Stage, sender: Sender, series: string, count: number, everyMs: number): Promise<number[]> {
  const recipient = (n: number) => `4477300${series}${1_000 + n}`;
  const postedAt: number[] = [];
  for (let n = 0; n < count; n++) {
    postedAt.push(Date.now());
    await sender.driver.insist('POST', '/v1/messages', { ...textTo(`+${recipient(n)}`, n, sender.sessionId), class: 'transactional' });
    await sleep(everyMs);
  }
  for (const endsAt = Date.now() + 60_000; ; await sleep(500)) {
    const took = new Map((await lab.sim.ledger()).map((line) => [line.recipient, line.wallMs]));
    const isLate = Date.now() > endsAt;
    const times = postedAt.map((posted, n) => (took.get(recipient(n)) ?? (isLate ? Infinity : NaN)) - posted);
    if (!times.some(Number.isNaN)) return times.sort((a, b) => a - b);
  }
}

const at = (sorted: number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Infinity;

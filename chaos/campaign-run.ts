import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type CampaignKills, type CampaignStage } from './campaign-kills';
import { greatestLag, type Outcome, outcomes, type Results, watchResults } from './campaign-watch';
import type { Driver } from './driver';
import type { Lab } from './lab/lab';
import { type Accept, digitsOf, type Intent } from './oracle/oracle';
import { importPeople, peopleFile } from './people-file';
import type { Rng } from './rng';

/** Size of a campaign. */
export interface CampaignPlan {
  people: number;
  /** Pauses and resumes with a kill at a stage of the campaign. */
  cycles: number;
  /** Time over which its pace spreads the messages, in ms; pauses are not counted. */
  durationMs: number;
}

/** State of a campaign at the end of a run. */
export interface CampaignEnd {
  /** The messages that it was to send, with the ids and the sessions that they got. */
  intents: Intent[];
  figures: Record<string, number>;
  /** Contradictions of state, sums, counts, people, messages and the provider's ledger. Empty: there are none. */
  faults: string[];
}

/** The figures and the people of a campaign, and where they differ. */
interface Compared {
  results: Results;
  all: Person[];
  faults: string[];
}

/** Maximum time for which the figures may differ, in ms: counts follow moves twice a second. */
const maxDifferMs = 20_000;
/** Outcomes of people whom the provider took a message to. */
const left: Outcome[] = ['read', 'delivered', 'sent'];
/** Maximum wait for the end of a campaign, in ms. */
const maxEndMs = 240_000;
/** Steps that a campaign takes once, whoever asks for them however often. */
const onceOnly = ['launched', 'started', 'expanded'];
/** Time after which a pause and a cancellation hold, in ms: then no call begins. */
const stopBoundMs = 2_000;
const longPauseMs = 2 * stopBoundMs;
/** Share of the duration that pauses leave. */
const flyingShare = 0.45;
/** Minimum time that the messages of a campaign take without pauses, in ms: one that ends within the bound of a pause does not show whether the pause holds. */
const minFlightMs = 5 * stopBoundMs;

/** Time in which a campaign may not send: from the acknowledgement of a pause or a cancellation until a resume is asked for. */
interface Stop {
  fromMs: number;
  untilMs: number;
}

interface Person {
  outcome: Outcome;
  phone: string | null;
  message_id: string | null;
  session_id: string | null;
}

/**
 * A campaign to people of a file, which is launched, paused and resumed by both apis at once, while processes are killed. Another one beside it is
 * cancelled in the middle.
 */
export class CampaignRun {
  private id = '';
  private besideId = '';
  private readonly stops: Stop[] = [];
  private cancelledAtMs = Infinity;
  private pauses = 0;
  /** Pauses that were longer than their bound, with people who had their message and people who still waited. */
  private triedPauses = 0;
  private cycles = 0;
  private isOver = false;
  private watching: ReturnType<typeof watchResults> | null = null;

  constructor(
    private readonly lab: Lab,
    private readonly driver: Driver,
    private readonly kills: CampaignKills,
    private readonly plan: CampaignPlan,
    private readonly rng: Rng,
  ) {}

  /** Imports the people and writes the draft, before anything is killed. */
  async prepare(sessionIds: readonly string[]): Promise<void> {
    const { driver } = this;
    const { people, durationMs } = this.plan;
    const template = await driver.insist<{ id: string }>('POST', '/v1/templates', {
      name: 'Chaos',
      content: { type: 'text', text: 'Hello {{ place }} of the campaign' },
    });
    const draft = async (file: Blob, windowLimit: number) => {
      const { id } = await driver.insist<{ id: string }>('POST', '/v1/campaigns', {
        name: 'Chaos',
        audience: { include: [{ kind: 'import', id: await importPeople(this.lab, driver, file) }] },
        message: { template_id: template.id },
        numbers: { session_ids: sessionIds.slice(0, 500), sticky: false },
        pace: { window_ms: 1_000, window_limit: windowLimit },
        stop_rules: [],
      });
      return id;
    };
    this.id = await draft(peopleFile(people, phoneOf), Math.ceil((people * 1_000) / Math.max(durationMs * flyingShare, minFlightMs)));
    // It would go on for longer than the run.
    const beside = peopleBeside(people);
    this.besideId = await draft(peopleFile(beside, phoneBeside), Math.max(1, Math.floor((beside * 1_000) / (durationMs * 3))));
    await this.kills.build();
    // Several chunks, also of a few people.
    await this.withDatabase((client) =>
      client.query(`ALTER TABLE campaign_runs ALTER COLUMN span SET DEFAULT ${Math.min(10_000, Math.ceil(people / 10))}`),
    );
  }

  /** Launches the campaign. The api that does so is killed, and so are two workers that write its audience. */
  async takeOff(): Promise<void> {
    this.watching = watchResults(
      () => this.results(),
      this.plan.people,
      () => this.isOver,
    );
    // Awaited at the end.
    this.watching.catch(() => undefined);
    const launch = async () => {
      await this.kills.strike('launch', () => this.ask('launch'));
      for (let pressed = 0; pressed < 3; pressed++) await this.ask('launch');
      await this.driver.insist('POST', `/v1/campaigns/${this.id}/launch`, {});
    };
    await this.kills.strike('expansion', launch, { times: 2, patienceMs: 20_000 });
    await this.driver.insist('POST', `/v1/campaigns/${this.besideId}/launch`, {});
  }

  /**
   * Pauses it once for longer than its bound, then pauses and resumes it at random until `running` is over and all cycles are made; a process is killed at
   * a stage of each cycle. The other one is cancelled after the first.
   */
  async fly(running: Promise<void>): Promise<void> {
    let isOver = false;
    void running.finally(() => (isOver = true));
    const stages: CampaignStage[] = ['rendering', 'pause', 'resume'];
    const left = Array.from({ length: this.plan.cycles }, (_, i) => stages[i] ?? this.rng.pick(stages));
    // First, once it sends and while most of its people still wait: before, there is nothing that a pause could hold.
    for (const endsAt = Date.now() + maxEndMs; !isFlying(await this.results()) && Date.now() < endsAt;) await sleep(100);
    for (let tries = 0; tries < 3 && this.triedPauses === 0; tries++) {
      await this.pauseFor(longPauseMs);
      await this.ask('resume');
    }
    while (left.length > 0 || !isOver) {
      const { state } = await this.results();
      if (state === 'completed') break;
      await sleep(this.rng.next() * (left.length > 0 ? 600 : 2_500));
      if ((await this.cycle(left[0])) && left.shift()) this.cycles++;
      await this.cancelBeside();
    }
    for (const endsAt = Date.now() + maxEndMs; !Number.isFinite(this.cancelledAtMs) && Date.now() < endsAt;) await this.cancelBeside();
  }

  /** Lets it go on to its end. */
  async land(): Promise<void> {
    for (const endsAt = Date.now() + maxEndMs; Date.now() < endsAt; await sleep(1_000)) {
      const { state } = await this.results();
      if (state === 'completed') return;
      if (state === 'paused') await this.ask('resume');
    }
  }

  /** Compares its counts with its people, its messages and what the provider took, once no receipt is to come. */
  async end(providerIds: ReadonlyMap<number, string>, accepts: readonly Accept[]): Promise<CampaignEnd> {
    const { id } = this;
    const { people } = this.plan;
    this.isOver = true;
    const seen = await this.watching;
    const { results, all, faults: differences } = await this.compared(id);
    const faults = [...(seen?.faults ?? []), ...differences];
    if (results.state !== 'completed') faults.push(`The campaign is ${results.state}.`);
    if (results.audience !== people || all.length !== people)
      faults.push(`${people} people, ${results.audience} counted, ${all.length} listed.`);
    for (const kind of onceOnly) {
      const times = await this.logged(kind);
      if (times !== 1) faults.push(`${kind} ${times} times.`);
    }

    const [completed, reopened] = [await this.logged('completed'), await this.logged('reopened')];
    if (completed !== reopened + 1) faults.push(`completed ${completed} times, reopened ${reopened} times.`);

    const phones = new Set(Array.from({ length: people }, (_, i) => digitsOf(phoneOf(i))));
    const own = accepts.filter(({ recipient }) => phones.has(recipient));
    const firsts = new Map(own.toSorted((a, b) => b.wallMs - a.wallMs).map(({ recipient, wallMs }) => [recipient, wallMs]));
    const taken = new Set(firsts.keys());
    const toHave = all.filter(({ outcome }) => left.includes(outcome));
    const lost = toHave.filter(({ phone }) => !taken.has(digitsOf(phone ?? ''))).length;
    const doubled = own.length - taken.size;
    if (lost + doubled > 0) faults.push(`${lost} lost, ${doubled} doubled by the provider's ledger.`);
    if (taken.size > toHave.length + results.uncertain + results.counts.failed)
      faults.push(`${taken.size} taken by the provider, ${toHave.length} said to have left.`);

    const sessions = new Map([...providerIds].map(([provider, session]) => [session, provider]));
    const byPhone = new Map(all.map((person) => [person.phone, person]));
    const intents = Array.from({ length: people }, (_, i) => {
      const person = byPhone.get(phoneOf(i));
      return {
        id: 1_000_000 + i,
        session: sessions.get(person?.session_id ?? '') ?? 0,
        to: phoneOf(i),
        text: `Hello ${i} of the campaign`,
        messageId: person?.message_id ?? `of person ${i}`,
      };
    });
    const beside = await this.endBeside(sessions, accepts);
    const late = (await this.lateOf(id, this.stops, own)) + beside.late;
    if (late > 0) faults.push(`${late} messages were called more than ${stopBoundMs} ms after a pause or the cancellation.`);
    if (this.triedPauses === 0) faults.push('No pause lasted for longer than its bound while it could hold anybody.');
    const { pauses, cycles } = this;
    const looks = seen?.looks ?? [];
    return {
      intents: [...intents, ...beside.intents],
      figures: {
        ...{ people, taken: taken.size, unknown: results.uncertain, lost, doubled, pauses, cycles },
        ...{ cancelled: beside.cancelled, late, reads: looks.length, lag_ms: greatestLag(looks, [...firsts.values()]) },
      },
      faults: [...faults, ...beside.faults],
    };
  }

  /** Compares the counts of the campaign that was cancelled with its people and its messages. */
  private async endBeside(sessions: ReadonlyMap<string, number>, accepts: readonly Accept[]) {
    const { results, all, faults } = await this.compared(this.besideId);
    if (results.state !== 'cancelled') faults.push(`The campaign that was cancelled is ${results.state}.`);
    if (results.counts.waiting > results.uncertain) faults.push(`${results.counts.waiting} wait after the cancellation.`);
    const places = new Map(Array.from({ length: peopleBeside(this.plan.people) }, (_, i) => [phoneBeside(i), i]));
    const phones = new Set([...places.keys()].map(digitsOf));
    const intents = all.flatMap(({ phone, message_id: messageId, session_id: session }): Intent[] => {
      const place = places.get(phone ?? '');
      if (place === undefined || messageId === null) return [];
      const to = phone ?? '';
      return [{ id: 2_000_000 + place, session: sessions.get(session ?? '') ?? 0, to, text: `Hello ${place} of the campaign`, messageId }];
    });
    const own = accepts.filter(({ recipient }) => phones.has(recipient));
    const late = await this.lateOf(this.besideId, [{ fromMs: this.cancelledAtMs, untilMs: Infinity }], own);
    return { intents, faults, late, cancelled: results.counts.failed };
  }

  /**
   * Reads the figures and the people of a campaign, again as long as they differ, since a receipt may come between two reads.
   * @returns where its counts, its list and its tables differ, too
   */
  private async compared(id: string): Promise<Compared> {
    for (const endsAt = Date.now() + maxDifferMs; ; await sleep(1_000)) {
      const compared = await this.compare(id);
      if (compared.faults.length === 0 || Date.now() > endsAt) return compared;
    }
  }

  private async compare(id: string): Promise<Compared> {
    const results = await this.results(id);
    const all = await this.driver.all<Person>(`/v1/campaigns/${id}/people`);
    const faults: string[] = [];
    if (new Set(all.map((person) => person.phone)).size !== all.length) faults.push('A person is listed twice.');
    const recount = await this.recount(id);
    for (const outcome of outcomes) {
      const listed = all.filter((person) => person.outcome === outcome).length;
      const stored = recount[outcome] ?? 0;
      if (listed !== results.counts[outcome] || stored !== listed)
        faults.push(`${outcome}: ${results.counts[outcome]} counted, ${listed} listed, ${stored} stored.`);
    }
    return { results, all, faults };
  }

  /** Counts the messages that the provider took within a stop, later than its bound, and whose call began later, too: a call under way ends. */
  private async lateOf(id: string, stops: readonly Stop[], accepts: readonly Accept[]): Promise<number> {
    const { rows } = await this.withDatabase((client) =>
      client.query<{ recipient: string; at: number }>(
        `SELECT m.recipient, (extract(epoch FROM e.at) * 1000)::float8 AS at FROM messages m
         JOIN message_events e ON e.tenant_id = m.tenant_id AND e.message_id = m.id AND e.to_state = 'calling' WHERE m.group_id = $1`,
        [id],
      ),
    );
    const calls = Map.groupBy(rows, ({ recipient }) => digitsOf(recipient));
    return accepts.filter(({ recipient, wallMs }) =>
      stops.some(({ fromMs, untilMs }) => {
        const begun = (calls.get(recipient) ?? []).filter(({ at }) => at <= wallMs).map(({ at }) => at);
        return wallMs > fromMs + stopBoundMs && wallMs < untilMs && Math.max(...begun) > fromMs + stopBoundMs;
      }),
    ).length;
  }

  /** Cancels the other campaign, once some of its people have their message and if an api answers. */
  private async cancelBeside(): Promise<void> {
    if (Number.isFinite(this.cancelledAtMs)) return;
    if (isFlying(await this.results(this.besideId)) && (await this.ask('cancel', this.besideId))) this.cancelledAtMs = Date.now();
    else await sleep(200);
  }

  /** Pauses and resumes it, and kills a process at the stage. @returns whether one was killed, or none was to be */
  private async cycle(stage: CampaignStage | undefined): Promise<boolean> {
    let kills = 0;
    if (stage === 'rendering') kills += await this.kills.strike(stage);
    if (stage === 'pause') kills += await this.kills.strike(stage, () => this.ask('pause'));
    // Some pauses last for longer than their bound.
    await this.pauseFor(stage ? this.rng.next() * 300 : this.rng.next() < 0.25 ? longPauseMs : this.rng.next() * 1_500);
    if (stage === 'resume') kills += await this.kills.strike(stage, () => this.ask('resume'));
    await this.ask('resume');
    return stage === undefined || kills > 0;
  }

  private async pauseFor(ms: number): Promise<void> {
    const isPaused = await this.ask('pause');
    const fromMs = Date.now();
    await sleep(ms);
    if (!isPaused) return;
    this.pauses++;
    this.stops.push({ fromMs, untilMs: Date.now() });
    const results = await this.results();
    if (ms > stopBoundMs && isFlying(results) && results.counts.waiting > 0) this.triedPauses++;
  }

  /** Messages and people left out, by outcome, counted in the tables. */
  private async recount(id: string): Promise<Partial<Record<Outcome, number>>> {
    const { rows } = await this.withDatabase((client) =>
      client.query<{ outcome: Outcome; count: number }>(
        `SELECT outcome, count(*)::int AS count FROM (
           SELECT CASE WHEN state IN ('read', 'played') THEN 'read' WHEN state IN ('delivered', 'sent') THEN state
             WHEN state IN ('failed', 'cancelled', 'expired') THEN 'failed' WHEN state = 'suppressed' THEN 'left_out' ELSE 'waiting' END AS outcome
           FROM messages WHERE group_id = $1
           UNION ALL SELECT 'left_out' FROM campaign_skips WHERE campaign_id = $1) o GROUP BY 1`,
        [id],
      ),
    );
    return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count]));
  }

  private async logged(kind: string): Promise<number> {
    const { rows } = await this.withDatabase((client) =>
      client.query<{ times: number }>(`SELECT count(*)::int AS times FROM campaign_log WHERE campaign_id = $1 AND kind = $2`, [
        this.id,
        kind,
      ]),
    );
    return rows[0]?.times ?? 0;
  }

  private results(id = this.id): Promise<Results> {
    return this.driver.get<Results>(`/v1/campaigns/${id}/results`);
  }

  /** Asks both apis at once. @returns whether one did it, or had done it before */
  private async ask(what: 'launch' | 'pause' | 'resume' | 'cancel', id = this.id): Promise<boolean> {
    const answers = this.lab.apiUrls.map((url) =>
      fetch(`${url}/v1/campaigns/${id}/${what}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.lab.seed.apiKey}`, ...(what === 'launch' && { 'content-type': 'application/json' }) },
        ...(what === 'launch' && { body: '{}' }),
        signal: AbortSignal.timeout(5_000),
      })
        .then(({ ok }) => ok)
        .catch(() => false),
    );
    return (await Promise.all(answers)).some(Boolean);
  }

  private async withDatabase<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.lab.postgres.url });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

/** True once the provider took a message to somebody. */
const isFlying = ({ counts }: Results): boolean => left.some((outcome) => counts[outcome] > 0);

/** No number ends in zeros: an import takes those for numbers that a spreadsheet has rounded. */
const phoneOf = (i: number): string => `+44740${String(i).padStart(6, '0')}7`;
/** People of the campaign that is cancelled. */
const phoneBeside = (i: number): string => `+44741${String(i).padStart(6, '0')}7`;
const peopleBeside = (people: number): number => Math.max(60, Math.ceil(people / 10));

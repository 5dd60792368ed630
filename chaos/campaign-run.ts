import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver } from './driver';
import type { Lab } from './lab/lab';
import type { Intent } from './oracle/oracle';
import type { Rng } from './rng';

/** State of a campaign at the end of a run. */
export interface CampaignEnd {
  /** The messages that it was to send, with the ids and the sessions that they got. */
  intents: Intent[];
  pauses: number;
  /** Contradictions of state, sums, and counts against people. Empty: there are none. */
  faults: string[];
}

const columns = [
  { column: 'phone', to: 'phone' },
  { column: 'name', to: 'name' },
];
const outcomes = ['read', 'delivered', 'sent', 'failed', 'waiting', 'left_out'] as const;
/** Maximum wait for the end of a campaign, in ms. */
const maxEndMs = 240_000;

interface Results {
  state: string;
  audience: number;
  counts: Record<(typeof outcomes)[number], number>;
}
interface Person {
  outcome: (typeof outcomes)[number];
  phone: string | null;
  message_id: string | null;
  session_id: string | null;
}

/** A campaign to people of a file, which is paused and resumed while processes are killed. */
export class CampaignRun {
  private id = '';
  private pauses = 0;

  constructor(
    private readonly lab: Lab,
    private readonly driver: Driver,
    private readonly people: number,
    private readonly rng: Rng,
  ) {}

  /** Imports the people and writes the draft, before anything is killed. */
  async prepare(sessionIds: readonly string[]): Promise<void> {
    const { driver } = this;
    const form = new FormData();
    const rows = Array.from({ length: this.people }, (_, i) => `${phoneOf(i)},Person ${i},${i}`);
    form.append('file', new Blob([['phone,name,place', ...rows].join('\n')], { type: 'text/csv' }), 'people.csv');
    const sent = await fetch(`${this.lab.apiUrls[0]}/v1/imports`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.lab.seed.apiKey}` },
      body: form,
    });
    if (!sent.ok) throw new Error(`The file was refused: ${sent.status} ${await sent.text()}`);
    const { id } = (await sent.json()) as { id: string };
    await driver.insist('PUT', `/v1/imports/${id}/mapping`, { columns, consent: { source: 'chaos' } });
    await driver.insist('POST', `/v1/imports/${id}/run`);
    for (const endsAt = Date.now() + 120_000; ; await sleep(500)) {
      const { state } = await driver.get<{ state: string }>(`/v1/imports/${id}`);
      if (state === 'done') break;
      if (Date.now() > endsAt) throw new Error(`The import is ${state}.`);
    }
    const template = await driver.insist<{ id: string }>('POST', '/v1/templates', {
      name: 'Chaos',
      content: { type: 'text', text: 'Hello {{ place }} of the campaign' },
    });
    const campaign = await driver.insist<{ id: string }>('POST', '/v1/campaigns', {
      name: 'Chaos',
      audience: { include: [{ kind: 'import', id }] },
      message: { template_id: template.id },
      numbers: { session_ids: sessionIds.slice(0, 500), sticky: false },
      stop_rules: [],
    });
    this.id = campaign.id;
  }

  /** Launches the campaign, and pauses and resumes it at random until `running` is over. */
  async fly(running: Promise<void>): Promise<void> {
    let isOver = false;
    void running.finally(() => (isOver = true));
    await this.driver.insist('POST', `/v1/campaigns/${this.id}/launch`, {});
    while (!isOver) {
      await sleep(500 + this.rng.next() * 2_500);
      // It may have ended, or the process may be dead that was asked.
      if (await this.ask('pause')) this.pauses++;
      await sleep(this.rng.next() * 1_500);
      await this.ask('resume');
    }
  }

  /** Lets it go on to its end. */
  async land(): Promise<void> {
    for (const endsAt = Date.now() + maxEndMs; Date.now() < endsAt; await sleep(1_000)) {
      const { state } = await this.results();
      if (state === 'completed') return;
      if (state === 'paused') await this.ask('resume');
    }
  }

  /** Compares its counts with its people, once no receipt is to come. */
  async end(providerIds: ReadonlyMap<number, string>): Promise<CampaignEnd> {
    const { driver, id, people } = this;
    const results = await this.results();
    const all = await driver.all<Person>(`/v1/campaigns/${id}/people`);
    const faults: string[] = [];
    if (results.state !== 'completed') faults.push(`The campaign is ${results.state}.`);
    if (results.audience !== people || all.length !== people)
      faults.push(`${people} people, ${results.audience} counted, ${all.length} listed.`);
    for (const outcome of outcomes) {
      const listed = all.filter((person) => person.outcome === outcome).length;
      if (listed !== results.counts[outcome]) faults.push(`${outcome}: ${results.counts[outcome]} counted, ${listed} listed.`);
    }
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
    return { intents, pauses: this.pauses, faults };
  }

  private results(): Promise<Results> {
    return this.driver.get<Results>(`/v1/campaigns/${this.id}/results`);
  }

  private async ask(what: 'pause' | 'resume'): Promise<boolean> {
    const url = this.lab.apiUrls[Math.floor(this.rng.next() * this.lab.apiUrls.length)];
    const answer = await fetch(`${url}/v1/campaigns/${this.id}/${what}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.lab.seed.apiKey}` },
      signal: AbortSignal.timeout(10_000),
    }).catch(() => null);
    return answer?.ok ?? false;
  }
}

/** No number ends in zeros: an import takes those for numbers that a spreadsheet has rounded. */
const phoneOf = (i: number): string => `+44740${String(i).padStart(6, '0')}7`;

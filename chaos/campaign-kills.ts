import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Blow } from './havoc';
import { type Lab, processSetting } from './lab/lab';

/** Statements of a campaign at which a process is killed. Each is under way in a transaction that is not committed. */
const stages = {
  /** An api launches the campaign: its run is written. */
  launch: { table: 'campaign_runs', event: 'INSERT' },
  /** A worker has written the messages of a chunk, and writes the place that it reached. */
  expansion: { table: 'campaign_runs', event: 'UPDATE', when: 'NEW.position <> OLD.position' },
  /** A worker has made the text of a claimed message, and enters `calling`. */
  rendering: { table: 'messages', event: 'UPDATE', when: `OLD.body IS NULL AND OLD.state = 'claimed' AND NEW.state = 'calling'` },
  /** An api has paused the message group, and pauses the campaign. */
  pause: { table: 'campaigns', event: 'UPDATE', when: `NEW.state = 'paused' AND OLD.state <> 'paused'` },
  /** An api has opened the message group again, and resumes the campaign. */
  resume: { table: 'campaigns', event: 'UPDATE', when: `OLD.state = 'paused' AND NEW.state IN ('scheduled', 'processing')` },
} as const satisfies Record<string, { table: string; event: 'INSERT' | 'UPDATE'; when?: string }>;

export type CampaignStage = keyof typeof stages;
export const campaignStages = Object.keys(stages) as CampaignStage[];

/** First keys of advisory locks: of processes that come to a gate, by their numbers, and of gates. */
const comerKey = 7_301;
const gateKey = 7_302;

/**
 * Kills processes at stages of a campaign. Each stage has a gate in the database. A process that comes to a shut gate waits in the middle of its
 * transaction, and the gate knows the number of the process. It is killed there, so that every kill provably hits its stage.
 */
export class CampaignKills {
  constructor(
    private readonly lab: Lab,
    private readonly onKill: (blow: Blow) => void,
  ) {}

  /** Builds the gates; all stand open. */
  async build(): Promise<void> {
    await this.withDatabase(async (client) => {
      await client.query(`CREATE FUNCTION chaos_gate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_advisory_xact_lock_shared(${comerKey}, current_setting('${processSetting}', true)::int);
          PERFORM pg_advisory_xact_lock_shared(${gateKey}, TG_ARGV[0]::int);
          RETURN NEW;
        END $$`);
      for (const [i, stage] of campaignStages.entries()) {
        const { table, event, when }: { table: string; event: string; when?: string } = stages[stage];
        await client.query(
          `CREATE TRIGGER chaos_gate_${stage} BEFORE ${event} ON ${table} FOR EACH ROW ${when ? `WHEN (${when})` : ''} EXECUTE FUNCTION chaos_gate(${i})`,
        );
      }
    });
  }

  /**
   * Shuts the gate of a stage, kills processes that come to it, and opens it again.
   * @param provoke makes a process come
   * @returns the number of processes that were killed there; fewer than `times` when none came in time, or the database was lost meanwhile
   */
  async strike(stage: CampaignStage, provoke?: () => Promise<unknown>, { times = 1, patienceMs = 5_000 } = {}): Promise<number> {
    let kills = 0;
    let provoked: Promise<unknown> | undefined;
    try {
      await this.withDatabase(async (client) => {
        const gate = campaignStages.indexOf(stage);
        await client.query('SELECT pg_advisory_lock($1, $2)', [gateKey, gate]);
        provoked = provoke?.();
        for (const endsAt = Date.now() + patienceMs; kills < times && Date.now() < endsAt; await sleep(20)) {
          const name = await this.killAt(client, gate);
          if (name === null) continue;
          kills++;
          this.onKill({ atMs: Date.now(), what: `SIGKILL ${name} at ${stage}`, isKill: true, stage });
        }
      });
    } catch (error) {
      if (!isLost(error)) throw error;
    }
    await provoked;
    return kills;
  }

  /** Kills the process that has waited longest at the gate. @returns its name; null: none waits */
  private async killAt(client: Client, gate: number): Promise<string | null> {
    const { rows } = await client.query<{ backend: number; number: number }>(
      `SELECT w.pid AS backend, c.objid::int AS number FROM pg_locks w
       JOIN pg_locks c ON c.pid = w.pid AND c.locktype = 'advisory' AND c.classid = $1 AND c.granted
       WHERE w.locktype = 'advisory' AND w.classid = $2 AND w.objid = $3 AND NOT w.granted ORDER BY w.waitstart LIMIT 1`,
      [comerKey, gateKey, gate],
    );
    const target = rows[0] && this.lab.numbered(rows[0].number);
    if (!target?.isUp) return null;
    const { pid } = target;
    target.signal('SIGKILL');
    while (target.isUp && target.pid === pid) await sleep(5);
    // The server notices a lost connection only when it answers: without this, the statement that waits would still be committed.
    const ended = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE pid = $1 AND locktype = 'advisory' AND classid = $2 AND NOT granted`,
      [rows[0]?.backend, gateKey],
    );
    return ended.rows.length > 0 ? target.spec.name : null;
  }

  private async withDatabase<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.lab.postgres.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** True when another blow ended the connection, or the server. */
function isLost(error: unknown): boolean {
  const { code, message } = error as { code?: string; message: string };
  return (
    ['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET'].includes(code ?? '') ||
    /Connection terminated|connection error and is not queryable/.test(message)
  );
}

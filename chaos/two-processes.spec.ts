import { until } from '@heliograph/kernel/testing';
import { Client } from 'pg';
import { Driver } from './driver';
import { Lab, processSetting } from './lab/lab';
import { digitsOf } from './oracle/oracle';
import { importPeople, peopleFile } from './people-file';
import { requireBuild } from './spec-options';

requireBuild();

const people = 60;
const campaigns = 10;
const presses = 5;
const phoneOf = (i: number) => `+44740${String(i).padStart(6, '0')}7`;

let lab: Lab;
let db: Client;
let driver: Driver;
beforeAll(async () => {
  lab = await Lab.start({ apis: 2, workers: 2, sessions: 4 });
  driver = new Driver(lab.apiUrls, lab.seed.apiKey);
  db = new Client({ connectionString: lab.postgres.url });
  await db.connect();
}, 120_000);
afterAll(async () => {
  await db?.end();
  await lab?.stop();
}, 60_000);

/** Notes which process writes each chunk of an audience. */
const noteChunks = `
  CREATE TABLE lab_chunks (campaign_id uuid NOT NULL, process text NOT NULL);
  CREATE FUNCTION lab_note_chunk() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO lab_chunks VALUES (NEW.campaign_id, current_setting('${processSetting}')); RETURN NEW; END $$;
  CREATE TRIGGER lab_note_chunk BEFORE UPDATE ON campaign_runs FOR EACH ROW WHEN (NEW.position <> OLD.position) EXECUTE FUNCTION lab_note_chunk();
  -- Several chunks of a few people.
  ALTER TABLE campaign_runs ALTER COLUMN span SET DEFAULT 4`;

describe('campaigns that are launched on two apis at once, over and over, and written by two workers', () => {
  it('have one run each, and send each person one message', async () => {
    for (const id of lab.seed.sessions) await driver.insist('PATCH', `/v1/sessions/${id}/limits`, { window_limit: 0 });
    const file = await importPeople(lab, driver, peopleFile(people, phoneOf));
    const template = await driver.insist<{ id: string }>('POST', '/v1/templates', {
      name: 'Twice',
      content: { type: 'text', text: 'Hello {{ place }}, round {{ round }}' },
    });
    await db.query(noteChunks);
    const ids: string[] = [];
    for (let round = 0; round < campaigns; round++)
      ids.push(
        (
          await driver.insist<{ id: string }>('POST', '/v1/campaigns', {
            name: `Round ${round}`,
            audience: { include: [{ kind: 'import', id: file }] },
            message: { template_id: template.id, variables: { round: String(round) } },
            caps: { obeys: false, counts: false },
          })
        ).id,
      );

    const press = (id: string, api: string) =>
      fetch(`${api}/v1/campaigns/${id}/launch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${lab.seed.apiKey}`, 'content-type': 'application/json' },
        body: '{}',
      }).then(({ status }) => status);
    const answers: number[] = [];
    for (const id of ids) {
      const pressed = Array.from({ length: presses }, () => lab.apiUrls.map((api) => press(id, api))).flat();
      answers.push(...(await Promise.all(pressed)));
    }
    expect(new Set(answers)).toEqual(new Set([200]));
    const states = () => Promise.all(ids.map(async (id) => (await driver.get<{ state: string }>(`/v1/campaigns/${id}`)).state));
    await until(async () => (await states()).every((state) => state === 'completed'), 60_000);

    const once = await db.query(
      `SELECT kind, count(*)::int AS times FROM campaign_log WHERE kind IN ('launched', 'started', 'expanded', 'completed') GROUP BY kind ORDER BY kind`,
    );
    expect(once.rows).toEqual(['completed', 'expanded', 'launched', 'started'].map((kind) => ({ kind, times: campaigns })));
    const { rows } = await db.query(
      `SELECT count(*)::int AS messages, count(DISTINCT origin->>'contactId')::int AS people FROM messages WHERE group_id = ANY ($1) GROUP BY group_id`,
      [ids],
    );
    expect(rows).toEqual(ids.map(() => ({ messages: people, people })));
    const accepts = (await lab.sim.ledger()).filter(({ decision }) => decision === 'accepted');
    const byContent = Map.groupBy(accepts, ({ recipient, hash }) => `${recipient} ${hash}`);
    expect([accepts.length, byContent.size]).toEqual([people * campaigns, people * campaigns]);
    expect(new Set(accepts.map(({ recipient }) => recipient))).toEqual(
      new Set(Array.from({ length: people }, (_, i) => digitsOf(phoneOf(i)))),
    );
    const chunks = await db.query<{ process: string; campaigns: number }>(
      `SELECT process, count(DISTINCT campaign_id)::int AS campaigns FROM lab_chunks GROUP BY process`,
    );
    expect(chunks.rows.map(({ campaigns: of }) => of > 0)).toEqual([true, true]);
  }, 240_000);
});

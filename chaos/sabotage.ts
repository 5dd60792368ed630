import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A place in the build that a sabotage changes. */
interface Edit {
  file: string;
  find: RegExp;
  put: string;
}

const claims = 'libs/messaging/src/lanes/claim-statement.repository.js';
const runner = 'libs/messaging/src/lanes/lane-runner.js';
const ledger = 'libs/messaging/src/send/ledger.repository.js';
const feed = 'libs/kernel/src/database/transaction-feed.js';
const turn = 'libs/webhooks/src/outbound/endpoint-turn.js';
const settlement = 'libs/messaging/src/send/settlement.js';
const groups = 'libs/messaging/src/lanes/group-claims.repository.js';
const receipts = 'libs/messaging/src/receipts/receipts.repository.js';
const inbox = 'libs/webhooks/src/inbound/hook-inbox.js';
const sender = 'libs/messaging/src/send/message-sender.js';

/** Builds that are broken on purpose: a run against one of them must be found out. */
export const sabotages = {
  /** The commit before the call is left out: a message whose call may have left looks as if it was only claimed. */
  'no calling commit': [
    { file: claims, find: /THEN 'calling' ELSE 'claimed' END AS to_state/, put: "THEN 'claimed' ELSE 'claimed' END AS to_state" },
    {
      file: runner,
      find: /this\.ledger\.advance\(\{\s*\.\.\.fence\(message\),\s*to: 'calling',\s*workerId: lease\.workerId,\s*asksSuppressions,[^;]*?\}\)(?=,\s*settled)/,
      put: 'Promise.resolve(true)',
    },
    {
      file: ledger,
      find: /WHEN s\.to_state = 'sent' THEN \$\{\(0, \w+\.mayMove\)\('m\.state', 'sent', 'answer'\)\}/,
      put: "WHEN s.to_state = 'sent' THEN m.state IN ('claimed', 'calling', 'uncertain')",
    },
  ],
  /** A lost answer is taken for a refusal, and the message is sent again. */
  'blind retry': [
    {
      file: settlement,
      find: /return uncertain\(outcome\.isMismatched \? 'answer_mismatched' : 'answer_lost', outcome\.detail, facts\);/,
      put: "return { step: { to: 'queued', dueInMs: 0, cause: 'answer_lost' }, laneOpen: true };",
    },
  ],
  /** The feed's place is nobody's own: two processes read the same transactions, each under ids of its own. */
  'place without a lock': [{ file: feed, find: /WHERE name = \$1 FOR UPDATE SKIP LOCKED/, put: 'WHERE name = $1' }],
  /** A callback counts as delivered once it was sent off, whatever came back. */
  'delivered unseen': [
    {
      file: turn,
      find: /const outcome = [^;]*outcomeOf[^;]*;/,
      put: 'const outcome = { delivered: true, status: 200, reason: null, closeS: 0, gone: false };',
    },
  ],
  /** The slots of a lane follow each other without a gap. */
  'pace not kept': [{ file: claims, find: /CASE WHEN k\.window_limit = 0 THEN 0(?= ELSE k\.window_ms)/, put: 'CASE WHEN true THEN 0' }],
  /** A claim takes messages of paused groups. */
  'pause not kept': [
    { file: groups, find: /coalesce\(\$\{g\}\.state, 'open'\) = 'open'/, put: "coalesce(${g}.state, 'open') <> 'cancelled'" },
    { file: groups, find: /AND mg\.state = 'open'/, put: "AND mg.state <> 'cancelled'" },
  ],
  /** Some hooks are answered and not stored. */
  'hook lost after its answer': [
    { file: inbox, find: /await this\.folder\.add\(/, put: 'if (Math.random() < 0.5) return; await this.folder.add(' },
  ],
  /** A process sends all messages with the key of the first session that it served. */
  'key of another session': [
    {
      file: sender,
      find: /this\.credentials\.find\(message\.sessionId\)/,
      put: 'this.credentials.find((this.first ??= message.sessionId))',
    },
  ],
  /** The newest receipt decides the state, whatever is known already. */
  'receipt lowers the state': [
    { file: receipts, find: /WHEN t\.rank > t\.standing THEN (?=\$)/, put: 'WHEN t.rank <> t.standing AND t.rank >= 2 THEN ' },
    { file: receipts, find: /AND \(t\.rank > t\.standing OR/, put: 'AND (t.rank <> t.standing AND t.rank >= 2 OR' },
  ],
  /** Each attempt of a callback has an id of its own, so that a receiver cannot know a repeat. */
  'another id on each attempt': [
    {
      file: turn,
      find: /async post\(call, \{ id, batchId, callbacks \}\) \{/,
      put: '$& id += `-${callbacks[0].attempts}`;',
    },
  ],
} satisfies Record<string, Edit[]>;
export type Sabotage = keyof typeof sabotages;

/** Copies the build and breaks the copy in one way or more. @throws when a place to break is not there any more */
export function sabotagedBuild(names: Sabotage[], root = process.cwd()): { dist: string; remove: () => void } {
  // Inside the repository, so that the copy finds its packages.
  const dir = join(root, '.data', 'sabotage', names.join('-').replaceAll(' ', '-'));
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  cpSync(join(root, 'dist'), join(dir, 'dist'), { recursive: true });
  symlinkSync(join(root, 'package.json'), join(dir, 'package.json'));
  for (const { file, find, put } of names.flatMap((name): Edit[] => sabotages[name])) {
    const path = join(dir, 'dist', file);
    const text = readFileSync(path, 'utf8');
    if (!find.test(text)) throw new Error(`${file} has no ${find.source} to break.`);
    writeFileSync(path, text.replace(find, put));
  }
  return { dist: join(dir, 'dist'), remove: () => rmSync(dir, { recursive: true, force: true }) };
}

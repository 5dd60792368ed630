import { readFileSync } from 'node:fs';
import { arrows } from '../libs/messaging/src/message-states';

/** A pair of states that the history of a test database holds. */
interface Move {
  database: string;
  from: string;
  to: string;
  cause: string | null;
  message: string;
}

/** Compares the moves of a test run with the arrows of a message's life. */
function check(file: string): void {
  const moves = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Move);
  const allowed = new Set(arrows.map(({ from, to }) => `${from}>${to}`));
  const foreign = moves.filter(({ from, to }) => !allowed.has(`${from}>${to}`));
  if (foreign.length === 0) return;
  process.stderr.write('\nMessages moved along no arrow of libs/messaging/src/message-states.ts:\n');
  for (const { from, to, cause, message, database } of foreign)
    process.stderr.write(`  ${from} -> ${to} (cause ${cause ?? 'none'}), as message ${message} of ${database}\n`);
  process.exitCode = 1;
}

check(process.argv[2] as string);

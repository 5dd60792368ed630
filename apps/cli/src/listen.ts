import { setTimeout as sleep } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';

/** Placeholder URL of an endpoint that is never called, since it is created paused. */
const placeholder = 'https://example.com/heliograph-listen';
const lookMs = 500;
/** Rows per request; more are read page by page. */
const pageSize = 100;

/** Options of `listen`. */
export interface ListenOptions {
  /** URL of the API, e.g. http://127.0.0.1:3000. */
  api: string;
  /** An API key with `callbacks:read`, `callbacks:bodies` and `callbacks:manage`. */
  key: string;
  /** An existing endpoint; without it one is created, and deleted at the end. */
  endpoint?: string;
  /** URL to which each event is posted, signed as by a worker. */
  forward?: string;
}

/** Output: events, and notes about them. */
export interface ListenOutput {
  event: (body: string) => void;
  note: (line: string) => void;
}

interface Page {
  data: { event_id: string; type: string }[];
  next_cursor: string | null;
}

/** Shows callbacks during development, without a tunnel or a public address. */
export function listenCommand(program: Command): void {
  program
    .command('listen')
    .description(
      'Print the callbacks of a tenant as they happen, one line of JSON each. Uses the REST API, from any machine. Stop it with Ctrl-C.',
    )
    .requiredOption('--api <url>', 'URL of the API')
    .option(
      '--key-file <path>',
      'file with the API key (scopes callbacks:read, callbacks:bodies, callbacks:manage); - reads standard input; default: the environment variable HELIOGRAPH_API_KEY',
    )
    .addOption(new Option('--key <key>').hideHelp())
    .option('--endpoint <id>', 'follow this endpoint instead of creating a paused one')
    .option('--forward <url>', 'post each event to this URL, signed')
    .action(async ({ keyFile, ...options }: ListenOptions & { keyFile?: string }) => {
      if (options.key)
        throw new Error(
          'Every user of this machine can see a key in a command line. Set HELIOGRAPH_API_KEY, or name a file with --key-file.',
        );
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      await listen(
        { ...options, key: await readKey(keyFile) },
        { event: (body) => process.stdout.write(`${body}\n`), note: (line) => process.stderr.write(`${line}\n`) },
        stop.signal,
      );
    });
}

/** Returns the API key from a source that other users of the machine cannot see. */
async function readKey(file: string | undefined): Promise<string> {
  const { env } = process; // eslint-disable-line no-restricted-properties -- a secret must not stand in a command line
  const stored = (path: string): Promise<string> => (path === '-' ? text(process.stdin) : readFile(path, 'utf8'));
  const given = file === undefined ? env.HELIOGRAPH_API_KEY : await stored(file);
  const key = given?.trim();
  if (!key) throw new Error('There is no API key: set HELIOGRAPH_API_KEY, or name a file with --key-file.');
  return key;
}

/**
 * Follows the callback log of an endpoint until the signal, then deletes the endpoint if it created it.
 * @throws Error with the response of the API when it cannot start
 */
export async function listen(options: ListenOptions, output: ListenOutput, signal: AbortSignal): Promise<void> {
  const api = new CallbackApi(options);
  const made = options.endpoint === undefined;
  const id = options.endpoint ?? (await api.make());
  try {
    // Fails before the first event when the key may not read the secret.
    if (options.forward) await api.secrets(id);
    // Loaded before the first event, so that it does not wait.
    const sign = options.forward ? (await import('@heliograph/webhooks')).signature : null;
    // Skips the callbacks that exist already.
    const seen = new Set(made ? [] : (await api.page(id)).data.map((row) => row.event_id));
    output.note(`Listening to endpoint ${id}${made ? ', which is deleted at the end' : ''}. Press Ctrl-C to stop.`);
    let isDown = false;
    while (!signal.aborted) {
      try {
        for (const eventId of await unseen(api, id, seen)) {
          const body = await api.body(id, eventId);
          // Read for each event: a rotation may begin or end meanwhile.
          const secrets = options.forward ? await api.secrets(id) : [];
          seen.add(eventId);
          output.event(body);
          if (options.forward && sign)
            output.note(`  ${await forward(options.forward, (at) => sign(secrets, eventId, at, body), id, eventId, body)}`);
          if (signal.aborted) break;
        }
        isDown = false;
      } catch (error) {
        if (error instanceof Refused) throw error;
        if (!isDown) output.note(`The API does not respond (${(error as Error).message}); retrying.`);
        isDown = true;
      }
      await sleep(lookMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    if (made) await api.delete(id);
  }
}

/** Returns new events, oldest first. */
async function unseen(api: CallbackApi, id: string, seen: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Page = await api.page(id, cursor);
    const fresh = page.data.filter((row) => !seen.has(row.event_id));
    found.push(...fresh.map((row) => row.event_id));
    cursor = fresh.length < page.data.length ? null : page.next_cursor;
  }
  return found.reverse();
}

/** Posts an event as a worker does. @returns a description of the result */
async function forward(
  url: string,
  sign: (timestamp: number) => string,
  endpointId: string,
  eventId: string,
  body: string,
): Promise<string> {
  const timestamp = Math.floor(Date.now() / 1_000);
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Heliograph',
        'heliograph-endpoint': endpointId,
        'webhook-id': eventId,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': sign(timestamp),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(15_000),
    });
    await answer.body?.cancel();
    return `${url} answered ${answer.status}`;
  } catch (error) {
    return `${url} does not respond: ${((error as Error).cause as Error | undefined)?.message ?? (error as Error).message}`;
  }
}

/** An error response that a retry would not change. */
class Refused extends Error {}

class CallbackApi {
  private readonly base: string;

  constructor(private readonly options: ListenOptions) {
    this.base = `${options.api.replace(/\/+$/, '')}/v1/callback-endpoints`;
  }

  async make(): Promise<string> {
    const body = { name: 'heliograph listen', url: placeholder, paused: true };
    return ((await this.call('POST', '', body)) as { id: string }).id;
  }

  /** Returns the secrets that sign: the current one, and during a rotation the previous one. */
  async secrets(id: string): Promise<string[]> {
    const { secret, previous_secret: previous } = (await this.call('GET', `/${id}/secret`)) as {
      secret: string;
      previous_secret?: string | null;
    };
    return previous ? [secret, previous] : [secret];
  }

  async page(id: string, cursor?: string | null): Promise<Page> {
    return (await this.call('GET', `/${id}/callbacks?limit=${pageSize}${cursor ? `&cursor=${cursor}` : ''}`)) as Page;
  }

  async body(id: string, eventId: string): Promise<string> {
    const { body } = (await this.call('GET', `/${id}/callbacks/${eventId}`)) as { body: string | null };
    if (body === null) throw new Refused('This API key lacks the scope callbacks:bodies.');
    return body;
  }

  async delete(id: string): Promise<void> {
    await this.call('DELETE', `/${id}`);
  }

  private async call(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(this.base + path, {
      method,
      headers: { authorization: `Bearer ${this.options.key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await answer.text();
    if (answer.ok) return text === '' ? null : (JSON.parse(text) as unknown);
    const what = `${method} ${this.base}${path} answered ${answer.status}: ${text.slice(0, 500)}`;
    throw answer.status === 429 || answer.status >= 500 ? new Error(what) : new Refused(what);
  }
}

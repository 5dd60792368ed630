import { setTimeout as sleep } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';

/** Stands in the URL of an endpoint that is never called: it is paused from its making on. */
const placeholder = 'https://example.com/heliograph-listen';
const lookMs = 500;
/** Rows of one look; more are asked for page by page. */
const pageSize = 100;

/** What following an endpoint takes. */
export interface ListenOptions {
  /** Where the api is, e.g. http://127.0.0.1:3000. */
  api: string;
  /** An API key with `callbacks:read`, `callbacks:bodies` and `callbacks:manage`. */
  key: string;
  /** An endpoint there is; without it one is made, and deleted at the end. */
  endpoint?: string;
  /** Where each event is posted, signed as if it came from a worker. */
  forward?: string;
}

/** Where it writes: events, and what is said about them. */
export interface ListenOutput {
  event: (body: string) => void;
  note: (line: string) => void;
}

interface Page {
  data: { event_id: string; type: string }[];
  next_cursor: string | null;
}

/** Watching callbacks while developing: no tunnel, no public address. */
export function listenCommand(program: Command): void {
  program
    .command('listen')
    .description(
      'Print what a tenant’s core application would be told, as it happens: one line of JSON each. Works through the REST API, from any machine. Ctrl-C ends it.',
    )
    .requiredOption('--api <url>', 'where the api is')
    .option(
      '--key-file <path>',
      'file with the API key (callbacks:read, callbacks:bodies, callbacks:manage), - for standard input; none: the environment variable HELIOGRAPH_API_KEY',
    )
    .addOption(new Option('--key <key>').hideHelp())
    .option('--endpoint <id>', 'follow this endpoint instead of a paused one made for the purpose')
    .option('--forward <url>', 'post each event to this URL, signed')
    .action(async ({ keyFile, ...options }: ListenOptions & { keyFile?: string }) => {
      if (options.key)
        throw new Error(
          'A key in a command line is seen by everybody on this machine: give it in HELIOGRAPH_API_KEY, or name a file with --key-file.',
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

/** The API key, from where other users of the machine do not see it. */
async function readKey(file: string | undefined): Promise<string> {
  const { env } = process; // eslint-disable-line no-restricted-properties -- a secret must not stand in a command line
  const stored = (path: string): Promise<string> => (path === '-' ? text(process.stdin) : readFile(path, 'utf8'));
  const given = file === undefined ? env.HELIOGRAPH_API_KEY : await stored(file);
  const key = given?.trim();
  if (!key) throw new Error('There is no API key: set HELIOGRAPH_API_KEY, or name a file with --key-file.');
  return key;
}

/**
 * Follows the callback log of an endpoint until the signal, and then deletes the endpoint if it was made for this.
 * @throws Error that says what the api answered, when it cannot begin
 */
export async function listen(options: ListenOptions, output: ListenOutput, signal: AbortSignal): Promise<void> {
  const api = new CallbackApi(options);
  const made = options.endpoint === undefined;
  const id = options.endpoint ?? (await api.make());
  try {
    const secret = options.forward ? await api.secret(id) : '';
    // Loaded before the first event, which is not to wait for it.
    const sign = options.forward ? (await import('@heliograph/webhooks')).signature : null;
    // What is there already is not news.
    const seen = new Set(made ? [] : (await api.page(id)).data.map((row) => row.event_id));
    output.note(`Listening to endpoint ${id}${made ? ', which is deleted at the end' : ''}. Ctrl-C ends it.`);
    let isDown = false;
    while (!signal.aborted) {
      try {
        for (const eventId of await unseen(api, id, seen)) {
          const body = await api.body(id, eventId);
          seen.add(eventId);
          output.event(body);
          if (options.forward && sign)
            output.note(`  ${await forward(options.forward, (at) => sign([secret], eventId, at, body), id, eventId, body)}`);
          if (signal.aborted) break;
        }
        isDown = false;
      } catch (error) {
        if (error instanceof Refused) throw error;
        if (!isDown) output.note(`The api does not answer (${(error as Error).message}); trying on.`);
        isDown = true;
      }
      await sleep(lookMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    if (made) await api.delete(id);
  }
}

/** Events that were not there before, oldest first. */
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

/** Posts an event as a worker does. @returns what came of it, in words */
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
    return `${url} does not answer: ${((error as Error).cause as Error | undefined)?.message ?? (error as Error).message}`;
  }
}

/** The api answered, and will answer the same again. */
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

  async secret(id: string): Promise<string> {
    return ((await this.call('GET', `/${id}/secret`)) as { secret: string }).secret;
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

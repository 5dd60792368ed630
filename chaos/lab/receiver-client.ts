import type { Post } from '../oracle/callbacks';
import type { ReceiverFaults } from '../receiver/receiver-log';

/** The control API of a running receiver. */
export class ReceiverClient {
  constructor(readonly url: string) {}

  /** Value for EGRESS_ALLOWED that lets the product call the receiver. */
  get address(): string {
    return new URL(this.url).host;
  }

  /** Every POST so far, oldest first. */
  async log(): Promise<Post[]> {
    const text = await (await fetch(`${this.url}/receiver/log`)).text();
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Post);
  }

  /** The secret that signs what is posted to each path. */
  trust(secrets: Record<string, string>): Promise<void> {
    return this.put('/receiver/secrets', secrets);
  }

  fail(faults: ReceiverFaults): Promise<void> {
    return this.put('/receiver/faults', faults);
  }

  private async put(path: string, body: unknown): Promise<void> {
    const answer = await fetch(this.url + path, { method: 'PUT', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`PUT ${path} answered ${answer.status}`);
    await answer.body?.cancel();
  }
}

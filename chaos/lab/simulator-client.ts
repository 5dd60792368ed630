/** One line of the simulator's ledger. */
export interface LedgerLine {
  seq: number;
  wallMs: number;
  monoMs: number;
  sessionId: number;
  to: string;
  recipient: string;
  hash: string;
  msgId: number | null;
  decision: 'accepted' | number;
  answer: string;
}

/** The control API of a running simulator. */
export class SimulatorClient {
  constructor(readonly url: string) {}

  ledger(since = 0): Promise<LedgerLine[]> {
    return this.text(`/sim/ledger?since=${since}`).then((text) =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as LedgerLine),
    );
  }

  /** @param to counts only recipients that start with these digits */
  summary(
    to = '',
  ): Promise<{ accepted: number; refused: Record<string, number>; duplicates: number; extra: number; perSecond: number | null }> {
    return this.json('GET', `/sim/ledger/summary?to=${to}`);
  }

  pace(
    windowMs: number,
    limit: number,
  ): Promise<{ sessionId: number; sent: number; maxInWindow: number; smallestGapMs: number | null; violations: number; spanMs: number }[]> {
    return this.json('GET', `/sim/ledger/pace?windowMs=${windowMs}&limit=${limit}`);
  }

  hooks(): Promise<{ sent: number; acked: number; failed: number; pending: number; gaveUp: number; lost: number; doubled: number }> {
    return this.json('GET', '/sim/hooks');
  }

  /** Lets somebody write to a session. */
  write(sessionId: number, inbound: Record<string, unknown>): Promise<{ key: { id: string } }> {
    return this.json('POST', `/sim/inject/${sessionId}/inbound`, inbound);
  }

  /** Messages that people wrote, and whether a hook with each was acknowledged. */
  inbound(): Promise<{ sessionId: number; keyId: string; acked: boolean }[]> {
    return this.json('GET', '/sim/hooks/inbound');
  }

  kills(): Promise<{ pid: number; point: string }[]> {
    return this.json('GET', '/sim/kills');
  }

  configure(settings: Record<string, unknown>): Promise<unknown> {
    return this.json('PATCH', '/sim/config', settings);
  }

  fault(rule: Record<string, unknown>): Promise<unknown> {
    return this.json('POST', '/sim/faults', rule);
  }

  clearFaults(): Promise<unknown> {
    return this.json('DELETE', '/sim/faults');
  }

  mayKill(pids: number[]): Promise<unknown> {
    return this.json('PUT', '/sim/kill-pids', { pids });
  }

  reset(): Promise<unknown> {
    return this.json('POST', '/sim/reset');
  }

  private async text(path: string): Promise<string> {
    return (await fetch(this.url + path)).text();
  }

  private async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.url + path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}

import { addDurations, durationClass, noDurations } from '@heliograph/kernel';

/** Calls of an endpoint that are not written yet. */
export interface CountedCalls {
  tenantId: string;
  endpointId: string;
  calls: number;
  failed: number;
  durations: number[];
}

/** Counts the calls of endpoints between two writes, so that no call waits for its count. */
export class CallTally {
  private counted = new Map<string, CountedCalls>();

  add({ tenantId, id }: { tenantId: string; id: string }, isDelivered: boolean, durationMs: number): void {
    const durations = noDurations();
    durations[durationClass(durationMs)] = 1;
    this.merge({ tenantId, endpointId: id, calls: 1, failed: isDelivered ? 0 : 1, durations });
  }

  /** Takes the counts out. The caller puts back those that it cannot write. */
  take(): CountedCalls[] {
    const taken = [...this.counted.values()];
    this.counted = new Map();
    return taken;
  }

  putBack(counted: CountedCalls[]): void {
    for (const one of counted) this.merge(one);
  }

  private merge(one: CountedCalls): void {
    const known = this.counted.get(one.endpointId);
    if (!known) return void this.counted.set(one.endpointId, one);
    known.calls += one.calls;
    known.failed += one.failed;
    known.durations = addDurations(known.durations, one.durations);
  }
}

/** Injection token of what takes events. */
export const EVENT_INTAKE = Symbol('EventIntake');

/** Takes an event once, whichever way it came. */
export interface EventIntakePort {
  /** @throws AppError with the path of every fault */
  accept(tenantId: string, body: unknown, of: { source: string; fallbackId?: string }): Promise<{ id: string; replayed: boolean }>;
}

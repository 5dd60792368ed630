import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '../actors/actor';

/** Subject of a change: a stable kind, as in the action's name, and an id. */
export interface AuditSubject {
  kind: string;
  id?: string | undefined;
  name?: string | undefined;
}

/** Fields of an audit entry. */
export interface AuditedAct {
  /** Null: not known yet. */
  actor: Actor | null;
  /** Stable name, such as `session.paused`; absent: made of the table's subject and the change of the row. */
  action?: string | undefined;
  subject?: AuditSubject | undefined;
  tenantId?: string | null | undefined;
  address?: string | undefined;
  requestId?: string | undefined;
  /** Facts beside the changed fields: counts, options. Never a secret, never a text or a phone number. */
  details?: Record<string, unknown> | undefined;
}

/**
 * The act that the present work belongs to. `once`: the first transaction that writes leaves one entry with all its changes.
 * `each`: every changed row of an audited table leaves an entry. `late`: the opener of the scope writes the entry after the work.
 */
export interface AuditScope extends AuditedAct {
  mode: 'once' | 'each' | 'late';
  /** True once an entry was committed, or when there is nothing to record. */
  isWritten: boolean;
}

const scopes = new AsyncLocalStorage<AuditScope | null>();

/** Runs work that belongs to the act: what it changes is audited in the transaction of the change. */
export function inAuditScope<T>(scope: AuditScope, work: () => T): T {
  return scopes.run(scope, work);
}

/** Runs work of a part of the system, or of a command. Each changed row of an audited table leaves an entry with this actor and action. */
export function auditedAs<T>(actor: Actor, action: string | undefined, work: () => T): T {
  return scopes.run({ mode: 'each', actor, action, isWritten: false }, work);
}

/** Runs work that is no part of the act: book-keeping, shared batches, background duties. */
export function outsideAudit<T>(work: () => T): T {
  return scopes.getStore() ? scopes.run(null, work) : work();
}

/** Returns the act of the present work; null outside of one. */
export function auditScope(): AuditScope | null {
  return scopes.getStore() ?? null;
}

/** Adds fields to the entry of the present act. Call it before the change is committed; without an act nothing happens. */
export function noteAudit({ details, ...fields }: Partial<AuditedAct>): void {
  const scope = auditScope();
  if (!scope || scope.mode === 'each') return;
  Object.assign(scope, fields);
  if (details) scope.details = { ...scope.details, ...details };
}

/** States that the present act changes nothing, such as a dry run. */
export function nothingToAudit(): void {
  const scope = auditScope();
  if (scope && scope.mode !== 'each') scope.isWritten = true;
}

/** Returns the entry as the function `heliograph_audit_write` takes it. */
export function auditContext(scope: AuditedAct & { mode?: string }): string {
  const { actor, subject } = scope;
  return JSON.stringify({
    mode: scope.mode,
    actor_kind: actor?.kind,
    actor_id: actor?.id,
    actor_name: actor?.name,
    action: scope.action,
    subject_kind: subject?.kind,
    subject_id: subject?.id,
    subject_name: subject?.name,
    tenant_id: scope.tenantId,
    address: scope.address,
    request_id: scope.requestId,
    details: scope.details,
  });
}

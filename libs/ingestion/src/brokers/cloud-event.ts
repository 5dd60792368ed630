import { isUtf8 } from 'node:buffer';
import { AppError, parseJson, withoutMark } from '@heliograph/kernel';
import { CloudEvent } from 'cloudevents';
import type { BrokerMessage } from './ingest-source';

/** Maximum bytes of a message. */
export const maxMessageBytes = 1_048_576;
/** Maximum nesting of arrays and objects: later readers recurse once per level. */
const maxDepth = 100;
/** Extension attribute that names the tenant. */
const tenantAttribute = 'heliographtenant';
/** Names of attributes in the headers of the bindings: AMQP `cloudEvents:`, `cloudEvents_`; Kafka `ce_`; others `ce-`. */
const binaryHeader = /^(?:cloudevents[:_]|ce[-_])([a-z0-9]+)$/;

/** A CloudEvent, or the reason why a message is not one. `tenant` is set in both cases if the message names one. */
export type ReadCloudEvent =
  | { ok: true; tenant: string | null; type: string; source: string; id: string | null; data: unknown }
  | { ok: false; tenant: string | null; reason: string; detail: string };

class Unreadable extends Error {
  constructor(
    readonly reason: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** Reads a CloudEvent in structured or binary mode. Never throws. */
export function readCloudEvent(message: Pick<BrokerMessage, 'contentType' | 'headers' | 'body'>): ReadCloudEvent {
  let tenant: string | null = null;
  try {
    const attributes = new Map<string, unknown>(attributesOf(message.headers));
    tenant = textOf(attributes.get(tenantAttribute));
    if (message.body.length > maxMessageBytes) throw new Unreadable('too_large', `The message has more than ${maxMessageBytes} bytes.`);

    const mime = (message.contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (mime.startsWith('application/cloudevents-batch')) throw new Unreadable('batch_unsupported', 'Send one event per message.');
    const isBinary = !mime.startsWith('application/cloudevents') && attributes.has('specversion');
    const envelope = isBinary ? null : structuredOf(message.body);
    if (envelope) {
      attributes.clear();
      for (const [name, value] of Object.entries(envelope)) if (value !== null) attributes.set(name, value);
      tenant = textOf(attributes.get(tenantAttribute)) ?? tenant;
    }
    const { data, data_base64: base64, ...rest } = Object.fromEntries(attributes);
    check(rest);
    return {
      ok: true,
      tenant,
      type: rest.type as string,
      source: rest.source as string,
      id: textOf(rest.id),
      data: envelope ? (base64 === undefined ? data : json(fromBase64(base64))) : json(message.body),
    };
  } catch (error) {
    const known = error instanceof Unreadable;
    return { ok: false, tenant, reason: known ? error.reason : 'invalid_cloudevent', detail: (error as Error).message.slice(0, 1_000) };
  }
}

/** Returns the attributes in the headers of binary mode. */
export function attributesOf(headers: Record<string, string>): [name: string, value: string][] {
  return Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    const attribute = binaryHeader.exec(name)?.[1];
    return attribute ? [[attribute, value]] : [];
  });
}

/** @throws when the attributes are not those of a CloudEvent 1.0; a missing id is allowed here */
function check(attributes: Record<string, unknown>): void {
  if (attributes.specversion !== '1.0') throw new Unreadable('invalid_cloudevent', 'The attribute specversion must be 1.0.');
  for (const name of ['type', 'source', 'id']) {
    const value = attributes[name];
    if (value === undefined && name === 'id') continue;
    if (typeof value !== 'string' || value === '')
      throw new Unreadable('invalid_cloudevent', `The attribute ${name} is missing or not a string.`);
  }
  // Used only for its validation: without an id it would create one, so a placeholder stands for it.
  const { errors } = faultsOf(() => new CloudEvent({ ...attributes, id: (attributes.id as string | undefined) ?? '-' }));
  if (errors) throw new Unreadable('invalid_cloudevent', errors);
}

function faultsOf(make: () => unknown): { errors: string | null } {
  try {
    make();
    return { errors: null };
  } catch (error) {
    const { message, errors } = error as { message: string; errors?: unknown };
    const faults = Array.isArray(errors) ? (errors as { instancePath?: string; message?: string }[]) : [];
    const said = faults.map((fault) => `${fault.instancePath ?? ''} ${fault.message ?? ''}`.trim()).join('; ');
    return { errors: said || (message.split('\n')[0] ?? 'The message violates a rule of CloudEvents.') };
  }
}

function structuredOf(body: Buffer): Record<string, unknown> {
  const envelope = json(body);
  if (envelope === null || typeof envelope !== 'object' || Array.isArray(envelope)) {
    throw new Unreadable(
      'invalid_cloudevent',
      'The message is neither a CloudEvent in structured mode nor has it the headers of binary mode.',
    );
  }
  return envelope as Record<string, unknown>;
}

/** Parses a broker’s body with the same strict decoder as HTTP bodies. */
function json(body: Buffer): unknown {
  if (!isUtf8(body)) throw new Unreadable('invalid_json', 'The data must be JSON in UTF-8.');
  try {
    return parseJson(withoutMark(body.toString('utf8')), { maxDepth });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { reason, message, details } = error;
    throw new Unreadable(reason, details.path ? `${message} (${details.path})` : message);
  }
}

function fromBase64(value: unknown): Buffer {
  if (typeof value !== 'string') throw new Unreadable('invalid_cloudevent', 'The member data_base64 must be a string.');
  return Buffer.from(value, 'base64');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

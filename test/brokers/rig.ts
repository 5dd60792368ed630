import { Database } from '@heliograph/kernel';
import { brokersConfig } from '@heliograph/ingestion';
import { type ApiRig, text } from '../api/api-rig';

/** Configuration of a worker that takes from these sources. */
export const sources = (...list: object[]) => ({ INGEST_SOURCES: brokersConfig.INGEST_SOURCES.parse(JSON.stringify(list)) });

/** A tenant with a session. */
export async function aTenant(rig: ApiRig) {
  const tenant = await rig.tenant();
  return { ...tenant, session: await rig.session(tenant.id) };
}

/** Number of messages that the tenant has. */
export async function count(rig: ApiRig, tenantId: string): Promise<number> {
  const [row] = await rig.get(Database).query<{ n: number }>(`SELECT count(*)::int AS n FROM messages WHERE tenant_id = $1`, [tenantId]);
  return row?.n ?? 0;
}

/** Texts of the tenant's messages in the order they were stored. */
export async function stored(rig: ApiRig, tenantId: string): Promise<string[]> {
  const rows = await rig
    .get(Database)
    .query<{ text: string }>(`SELECT body->'content'->>'text' AS text FROM messages WHERE tenant_id = $1 ORDER BY created_at, id`, [
      tenantId,
    ]);
  return rows.map((row) => row.text);
}

/** Open letters of messages that brokers brought, with the reason at the front of the detail. */
export async function letters(rig: ApiRig, key: string) {
  const { body } = await rig.call('GET', '/v1/dead-letters?kind=broker', { key });
  return (body.data as { id: string; cause: string; detail: string }[]).map(({ id, cause, detail }) => ({
    id,
    cause,
    reason: detail.split(':')[0],
  }));
}

export interface Attributes {
  id?: string;
  tenant?: string;
  type?: string;
}

/** A CloudEvent in structured mode. */
export function structured({ id, tenant, type = 'message.send' }: Attributes, data: unknown) {
  return JSON.stringify({
    specversion: '1.0',
    type,
    source: '/shop',
    ...(id && { id }),
    ...(tenant && { heliographtenant: tenant }),
    data,
  });
}

/** Attributes of a CloudEvent as headers of binary mode. */
export function headers(prefix: string, { id, tenant, type = 'message.send' }: Attributes): Record<string, string> {
  return {
    [`${prefix}specversion`]: '1.0',
    [`${prefix}type`]: type,
    [`${prefix}source`]: '/shop',
    ...(id && { [`${prefix}id`]: id }),
    ...(tenant && { [`${prefix}heliographtenant`]: tenant }),
  };
}

export const body = (words: string, over: object = {}) => text('+447700900101', { text: words, ...over });

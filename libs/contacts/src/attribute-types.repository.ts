import { Injectable } from '@nestjs/common';
import { AppError, Database, notFound, type Sql } from '@heliograph/kernel';
import { z } from 'zod';
import type { ContactAttributes } from './contact';

export const attributeTypes = ['text', 'number', 'boolean', 'date'] as const;
export type AttributeType = (typeof attributeTypes)[number];

/** A declared attribute. */
export interface ContactAttribute {
  name: string;
  type: AttributeType;
  /** Label that people see instead of the name. */
  label: string | null;
}

/** Attribute types by name. */
export type TypesByName = ReadonlyMap<string, AttributeType>;

/** Declared attributes of a tenant, each with one type of value. Stored values of another type stay until they are set again. */
@Injectable()
export class AttributeTypes {
  constructor(private readonly db: Database) {}

  list(tenantId: string): Promise<ContactAttribute[]> {
    return this.db.forTenant(tenantId, (tx) =>
      tx.query<ContactAttribute>(`SELECT name, type, label FROM contact_attributes WHERE tenant_id = $1 ORDER BY name`, [tenantId]),
    );
  }

  /** @throws AppError not_found */
  async get(tenantId: string, name: string): Promise<ContactAttribute> {
    const found = (await this.list(tenantId)).find((one) => one.name === name);
    if (!found) throw notFound('contact attribute');
    return found;
  }

  async put(tenantId: string, { name, type, label }: ContactAttribute): Promise<void> {
    await this.db.forTenant(tenantId, (tx) =>
      tx.query(
        `INSERT INTO contact_attributes (tenant_id, name, type, label) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, name) DO UPDATE SET type = excluded.type, label = excluded.label`,
        [tenantId, name, type, label],
      ),
    );
  }

  /** Deletes the declaration, so that the attribute accepts any value. @throws AppError not_found */
  async delete(tenantId: string, name: string): Promise<void> {
    const gone = await this.db.forTenant(tenantId, (tx) =>
      tx.query(`DELETE FROM contact_attributes WHERE tenant_id = $1 AND name = $2 RETURNING name`, [tenantId, name]),
    );
    if (gone.length === 0) throw notFound('contact attribute');
  }

  /** Returns the types of these tenants, in the caller's transaction. */
  async of(tx: Sql, tenantIds: string[]): Promise<Map<string, TypesByName>> {
    const rows = await tx.prepared<{ tenantId: string; name: string; type: AttributeType }>(
      'attribute_types',
      `SELECT tenant_id AS "tenantId", name, type FROM contact_attributes WHERE tenant_id = ANY ($1::uuid[])`,
      [tenantIds],
    );
    const byTenant = Map.groupBy(rows, (row) => row.tenantId);
    return new Map([...byTenant].map(([tenantId, all]) => [tenantId, new Map(all.map(({ name, type }) => [name, type]))]));
  }
}

/** Separates valid values from invalid ones, which are returned by name with a message. */
export function fitAttributes(
  types: TypesByName | undefined,
  attributes: ContactAttributes,
): { fitting: ContactAttributes; refused: { name: string; message: string }[] } {
  const all = Object.entries(attributes);
  const isWrong = ([name, value]: [string, ContactAttributes[string]]) => {
    const type = types?.get(name);
    return type !== undefined && value !== null && !isOfType(type, value);
  };
  return {
    fitting: Object.fromEntries(all.filter((one) => !isWrong(one))),
    refused: all.filter(isWrong).map(([name]) => ({ name, message: `${name} holds a ${types?.get(name)}.` })),
  };
}

/**
 * @param path path of the attributes in the body
 * @throws AppError `invalid_attribute` with the path of every invalid value
 */
export async function checkAttributes(
  tx: Sql,
  tenantId: string,
  attributes: ContactAttributes | undefined,
  path = 'attributes',
): Promise<void> {
  if (!attributes || Object.keys(attributes).length === 0) return;
  const rows = await tx.query<{ name: string; type: AttributeType }>(
    `SELECT name, type FROM contact_attributes WHERE tenant_id = $1 AND name = ANY ($2::text[])`,
    [tenantId, Object.keys(attributes)],
  );
  const { refused } = fitAttributes(new Map(rows.map(({ name, type }) => [name, type])), attributes);
  if (refused.length === 0) return;
  const errors = refused.map(({ name, message }) => ({ path: `${path}/${name}`, code: 'invalid_attribute', message }));
  throw new AppError('unprocessable', 'invalid_attribute', 'An attribute has a value of another type than declared.', { errors });
}

function isOfType(type: AttributeType, value: string | number | boolean): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'date':
      return z.iso.date().safeParse(value).success;
    default:
      return typeof value === type;
  }
}

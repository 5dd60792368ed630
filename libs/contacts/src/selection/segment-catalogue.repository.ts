import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import type { AttributeType } from '../attribute-types.repository';
import { operatorsOfField, type SelectionField, selectionFields } from './selection-fields';
import type { SelectionOperator } from './selection-tree';
import { attributeField } from './selections.repository';

/** A field as the catalogue lists it. */
export interface CatalogueField extends Pick<SelectionField, 'name' | 'type' | 'label' | 'area'> {
  operators: readonly SelectionOperator[];
  choices: readonly string[] | null;
  refersTo: string | null;
}

/** Contacts whose attributes are looked at for names that are not declared. */
const sampled = 1_000;
const maxAttributes = 500;

/** The catalogue of fields of a tenant: the registered ones, declared attributes, and attributes that new contacts have. */
@Injectable()
export class SegmentCatalogue {
  constructor(private readonly db: Database) {}

  async list(tenantId: string): Promise<CatalogueField[]> {
    const fields = await this.db.forTenant(tenantId, async (tx) => {
      const attributes = await tx.query<{ name: string; type: AttributeType | null; label: string | null }>(
        `WITH newest AS (SELECT c.attributes FROM contacts c WHERE c.tenant_id = $1 ORDER BY c.id DESC LIMIT $2),
           seen AS (SELECT DISTINCT k.name FROM newest n CROSS JOIN LATERAL jsonb_object_keys(n.attributes) AS k(name))
         SELECT coalesce(t.name, s.name) AS name, t.type, t.label FROM (SELECT name, type, label FROM contact_attributes WHERE tenant_id = $1) t
         FULL JOIN seen s ON s.name = t.name ORDER BY t.name IS NULL, 1 LIMIT $3`,
        [tenantId, sampled, maxAttributes],
      );
      return [
        ...(await selectionFields.all(tx, tenantId)),
        ...attributes.map(({ name, type, label }) => attributeField(name, type ?? undefined, label)),
      ];
    });
    return fields.map((field) => ({
      name: field.name,
      type: field.type,
      label: field.label,
      area: field.area,
      operators: operatorsOfField(field),
      choices: field.choices ?? null,
      refersTo: field.refersTo ?? null,
    }));
  }
}

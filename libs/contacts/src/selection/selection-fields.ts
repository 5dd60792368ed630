import type { Sql } from '@heliograph/kernel';
import type { SelectionOperator, SelectionValue } from './selection-tree';
import { operatorsOf, type SelectionType } from './selection-values';

/** Place in a statement: SQL of the tenant's id, and a function that adds a parameter and returns its placeholder. */
export interface SelectionPlace {
  tenant: string;
  add: (value: unknown) => string;
  /** True when the statement goes through all contacts, so that sets are read once; else a lookup per contact is better. */
  isWhole?: boolean;
}

/** Groups in which people find fields. */
export const selectionAreas = ['contact', 'attributes', 'lists', 'consent', 'conversations', 'messages', 'events'] as const;
export type SelectionArea = (typeof selectionAreas)[number];

/** A field that rules may name. */
export interface SelectionField {
  name: string;
  type: SelectionType;
  /** Label in English. */
  label: string;
  area: SelectionArea;
  /** Operators, where the field lacks some of its type. */
  operators?: readonly SelectionOperator[];
  /** Values of a `choice`. */
  choices?: readonly string[];
  /** Kind of what a `reference` names. */
  refersTo?: string;
  /**
   * Returns SQL of the condition on a row `contacts c`, never null. Values become parameters. A lookup in one other table is an EXISTS whose
   * conditions are of the tenant and `c.id`, which has a fast plan for a chunk of contacts and for all. A lookup in several tables is, where
   * the place says `isWhole`, a set: `c.id IN (SELECT …)` without `c` inside.
   */
  sql: (operator: SelectionOperator, value: SelectionValue, place: SelectionPlace) => string;
  /**
   * Returns SQL of a query of `id`: the contacts for which the rule holds, each once, found by an index without looking at others. Null: no
   * index serves this rule.
   */
  idsSql?: (operator: SelectionOperator, value: SelectionValue, place: SelectionPlace) => string | null;
}

/** Fields whose names begin alike and go on with something of the tenant's, such as a type of events. */
export interface SelectionFamily {
  prefix: string;
  /** Returns the field of a whole name; undefined: there is none. */
  field: (name: string) => SelectionField | undefined;
  /** Returns those that the catalogue lists for a tenant. */
  list: (tx: Sql, tenantId: string) => Promise<SelectionField[]>;
}

/** The catalogue of fields. Libs register theirs when they are loaded. */
export class SelectionFields {
  private readonly fields = new Map<string, SelectionField>();
  private readonly families: SelectionFamily[] = [];

  register(field: SelectionField): void {
    if (this.fields.has(field.name)) throw new Error(`The field ${field.name} is registered twice.`);
    this.fields.set(field.name, field);
  }

  registerFamily(family: SelectionFamily): void {
    this.families.push(family);
  }

  get(name: string): SelectionField | undefined {
    return this.fields.get(name) ?? this.families.find(({ prefix }) => name.startsWith(prefix))?.field(name);
  }

  /** Returns the fields that the catalogue lists for a tenant. */
  async all(tx: Sql, tenantId: string): Promise<SelectionField[]> {
    const fields = [...this.fields.values()];
    for (const family of this.families) fields.push(...(await family.list(tx, tenantId)));
    return fields;
  }
}

export const selectionFields = new SelectionFields();

/** Returns the operators of a field. */
export const operatorsOfField = (field: Pick<SelectionField, 'type' | 'operators'>) => field.operators ?? operatorsOf[field.type];

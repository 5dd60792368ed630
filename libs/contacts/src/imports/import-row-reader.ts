import { cleanText } from '@heliograph/kernel';
import type { TypesByName } from '../attribute-types.repository';
import { contactLimits } from '../contact';
import { withTwins } from '../phone-twins';
import { dateIn, isFormulaError, numberIn, plainCell, tagsIn, yesOrNo } from './cell-values';
import type { ImportColumnName, Refusal, RefusalReason } from './contact-import';
import type { ImportColumn, ImportSettings } from './import-body';
import { surplusColumn } from './import-guess';
import { importLimits } from './import-limits';
import { readPhoneCell } from './phone-cell';

type Value = string | number | boolean;

/** A person in a row. Absent: the cell is blank and changes nothing; null: it clears the value. */
export interface ImportRow {
  line: number;
  address: string | null;
  externalId: string | null;
  name?: string | null;
  tags: string[];
  attributes: Record<string, Value | null>;
  /** Time of the consent; null: none is recorded; absent: the time of the run. */
  consentAt?: Date | null;
}

/** Texts that identify the person of a row: equal for every spelling of a number. */
export function keysOf({ address, externalId }: Pick<ImportRow, 'address' | 'externalId'>): string[] {
  const spelled = address === null ? [] : [withTwins([address]).sort()[0] as string];
  return [...spelled, ...(externalId === null ? [] : [`id:${externalId}`])];
}

interface UsedColumn extends ImportColumn {
  place: number;
}

/** Reads rows of a file by the settings of its import. Total: a row is a person or a refusal, whatever it holds. */
export class ImportRowReader {
  private readonly used: UsedColumn[];
  /** Columns of a file of refused rows that must be blank. */
  private readonly surplus: { place: number; name: string }[];
  private readonly country: string;
  private readonly variables: { place: number; name: string }[];

  constructor(
    private readonly columns: readonly ImportColumnName[],
    private readonly settings: ImportSettings,
    private readonly types: TypesByName,
    options: { defaultCountry: string; now: Date },
  ) {
    this.used = settings.columns.flatMap((column) => {
      const place = columns.findIndex(({ name }) => name === column.column);
      return place === -1 ? [] : [{ ...column, place }];
    });
    this.surplus = columns.flatMap(({ name }, place) => (name.startsWith(surplusColumn) ? [{ place, name }] : []));
    this.country = settings.default_country ?? options.defaultCountry;
    this.variables = columns.flatMap(({ variable }, place) => (variable === null ? [] : [{ place, name: variable }]));
    this.now = options.now;
  }

  private readonly now: Date;

  read(line: number, cells: readonly string[]): ImportRow | Refusal {
    const last = cells.findLastIndex((cell) => cell.trim() !== '');
    if (last >= this.columns.length) return refusal(line, null, cells[last] ?? null, 'too_many_cells', { limit: this.columns.length });
    const surplus = this.surplus.find(({ place }) => (cells[place] ?? '').trim() !== '');
    if (surplus)
      return refusal(line, surplus.name, cells[surplus.place] ?? null, 'too_many_cells', {
        limit: this.columns.length - this.surplus.length,
      });
    const row: ImportRow = { line, address: null, externalId: null, tags: [...this.settings.tags], attributes: {} };
    let consents = this.settings.consent !== null;
    let consentAt: Date | null = null;
    let dated: UsedColumn | null = null;
    for (const column of this.used) {
      const text = cleanText(plainCell((cells[column.place] ?? '').trim())).trim();
      if (isFormulaError(text)) return refusal(line, column.column, text, 'formula_error');
      const fault = this.take(row, column, text);
      if (fault) return { ...fault, line };
      if (column.to === 'consent') {
        const said = text === '' ? false : yesOrNo(text);
        if (said === null) return refusal(line, column.column, text, 'not_a_boolean');
        consents &&= said;
      }
      if (column.to === 'consent_at') {
        dated = column;
        if (text === '') continue;
        const read = dateIn(text, this.settings.date_order);
        if ('reason' in read) return refusal(line, column.column, text, read.reason);
        // A day that has begun somewhere is not in the future.
        if (read.at.getTime() > this.now.getTime() + 14 * 3_600_000) return refusal(line, column.column, text, 'date_in_future');
        consentAt = read.at;
      }
    }
    if (row.address === null && row.externalId === null) {
      const column = this.used.find(({ to }) => to === 'phone') ?? this.used.find(({ to }) => to === 'external_id');
      return refusal(line, column?.column ?? null, '', 'no_address');
    }
    if (!consents) row.consentAt = null;
    else {
      const at = consentAt ?? (this.settings.consent?.given_at ? new Date(this.settings.consent.given_at) : null);
      if (at) row.consentAt = at;
      else if (dated) return refusal(line, dated.column, '', 'no_consent_date');
    }
    return row;
  }

  /** Returns the cell by which a row names its person, as it is written. */
  personCell({ address }: ImportRow, cells: readonly string[]): { column: string | null; value: string | null } {
    const used = this.used.find(({ to }) => to === (address === null ? 'external_id' : 'phone'));
    return { column: used?.column ?? null, value: used ? (cells[used.place]?.trim() ?? null) : null };
  }

  /** Returns the cells of a row by variable, as JSON. Members are the row's own, whatever their names. */
  variablesOf(cells: readonly string[]): string {
    const members: string[] = [];
    for (const { place, name } of this.variables) {
      const text = cleanText(plainCell((cells[place] ?? '').trim()));
      if (text !== '' && text.length <= importLimits.maxVariable && !isFormulaError(text))
        members.push(`${JSON.stringify(name)}:${JSON.stringify(text)}`);
    }
    return `{${members.join(',')}}`;
  }

  /** Puts a cell into the row. @returns the fault of the cell */
  private take(row: ImportRow, { to, column, attribute }: UsedColumn, text: string): Omit<Refusal, 'line'> | null {
    const isBlank = text === '';
    const wrong = (reason: RefusalReason, detail: Refusal['detail'] = null) => faultOf(column, text, reason, detail);
    switch (to) {
      case 'phone': {
        if (isBlank) return null;
        const read = readPhoneCell(text, this.country);
        if ('reason' in read) return wrong(read.reason, read.country === undefined ? null : { country: read.country });
        row.address = read.address;
        return null;
      }
      case 'external_id':
        if (text.length > importLimits.maxExternalId) return wrong('text_too_long', { limit: importLimits.maxExternalId });
        if (!isBlank) row.externalId = text;
        return null;
      case 'name':
        if (text.length > importLimits.maxName) return wrong('text_too_long', { limit: importLimits.maxName });
        if (!isBlank) row.name = text;
        else if (this.settings.blank === 'clear') row.name = null;
        return null;
      case 'tags': {
        const tags = tagsIn(text);
        if (tags.some((tag) => tag.length > importLimits.maxTag)) return wrong('text_too_long', { limit: importLimits.maxTag });
        row.tags = [...new Set([...row.tags, ...tags.filter((tag) => tag !== '')])];
        return row.tags.length > contactLimits.maxTags ? wrong('too_many_tags', { limit: contactLimits.maxTags }) : null;
      }
      case 'attribute': {
        const name = attribute as string;
        if (isBlank) {
          if (this.settings.blank === 'clear') row.attributes[name] = null;
          return null;
        }
        const value = this.valueOf(name, text);
        if (typeof value === 'object') return wrong(value.reason, value.detail);
        row.attributes[name] = value;
        return null;
      }
      default:
        return null;
    }
  }

  private valueOf(name: string, text: string): Value | { reason: RefusalReason; detail: Refusal['detail'] } {
    const wrong = (reason: RefusalReason, detail: Refusal['detail'] = null) => ({ reason, detail });
    switch (this.types.get(name)) {
      case 'number':
        return numberIn(text) ?? wrong('not_a_number');
      case 'boolean':
        return yesOrNo(text) ?? wrong('not_a_boolean');
      case 'date': {
        const read = dateIn(text, this.settings.date_order);
        return 'reason' in read ? wrong(read.reason) : read.day;
      }
      default:
        return text.length > contactLimits.maxAttributeText ? wrong('text_too_long', { limit: contactLimits.maxAttributeText }) : text;
    }
  }
}

/** Characters of a value that a refusal shows. */
const maxShown = 200;

function faultOf(
  column: string | null,
  value: string | null,
  reason: RefusalReason,
  detail: Refusal['detail'] = null,
): Omit<Refusal, 'line'> {
  const text = value === null ? null : cleanText(value).slice(0, maxShown);
  return { column, value: text === null ? null : cleanText(text), reason, detail };
}

/** Returns the refusal of a row. */
export function refusal(
  line: number,
  column: string | null,
  value: string | null,
  reason: RefusalReason,
  detail: Refusal['detail'] = null,
): Refusal {
  return { line, ...faultOf(column, value, reason, detail) };
}

export const isRefusal = (read: ImportRow | Refusal): read is Refusal => 'reason' in read;

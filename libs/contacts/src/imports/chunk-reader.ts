import { AppError, invalidBody } from '@heliograph/kernel';
import { type ImportRecipient, importRecipient, maxVariables, recipientsPerChunk, variablesPerChunk } from './import-recipients';

type Issue = Parameters<typeof invalidBody>[0][number];

/** Faults of rows after which the others are not read. */
const maxFaults = 100;

/** Reads the recipients of one chunk row by row, and counts their variables before it reads them. */
export class ChunkReader {
  private readonly recipients: ImportRecipient[] = [];
  private readonly faults: Issue[] = [];
  private rows = 0;
  private variables = 0;

  /** @throws AppError `too_many_rows`, `too_many_variables`, `invalid_body` */
  add(row: unknown): void {
    const place = this.rows++;
    if (this.rows > recipientsPerChunk)
      throw new AppError('too_large', 'too_many_rows', `A chunk has at most ${recipientsPerChunk.toLocaleString('en')} recipients.`);
    const count = variablesOf(row);
    if (count > maxVariables)
      throw new AppError('unprocessable', 'too_many_columns', `A recipient has at most ${maxVariables} variables.`, {
        path: `recipients/${place}/variables`,
      });
    this.variables += count;
    if (this.variables > variablesPerChunk)
      throw new AppError(
        'too_large',
        'too_many_values',
        `The recipients of a chunk have at most ${variablesPerChunk.toLocaleString('en')} variables. Send smaller chunks.`,
      );
    const { data, error } = importRecipient.safeParse(row);
    if (data) this.recipients.push(data);
    else for (const issue of error.issues) this.faults.push({ ...issue, path: ['recipients', place, ...issue.path] });
    if (this.faults.length >= maxFaults) throw invalidBody(this.faults);
  }

  /** @throws AppError `invalid_body` when a row has a fault, or there is none */
  end(): ImportRecipient[] {
    if (this.rows === 0) this.faults.push({ path: ['recipients'], code: 'too_small', message: 'A chunk has at least one recipient.' });
    if (this.faults.length > 0) throw invalidBody(this.faults);
    return this.recipients;
  }
}

function variablesOf(row: unknown): number {
  const { variables } = (row ?? {}) as { variables?: unknown };
  return typeof variables === 'object' && variables !== null ? Object.keys(variables).length : 0;
}

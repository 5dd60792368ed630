import type { Readable } from 'node:stream';
import { AppError, type FieldError, mapInSlices } from '@heliograph/kernel';
import type { EventIntake } from '@heliograph/ingestion';
import { z } from 'zod';
import { type Row, rowStream, rowTallySchema, rowVerdictSchema, streamErrorSchema, tally } from '../../http/bulk/row-stream';

const maxRows = 10_000;

/** Body of the JSON form. Rows are checked one by one, so that a bad row does not refuse the others. */
export const eventBatchBody = z
  .strictObject({ events: z.array(z.unknown()).min(1).max(maxRows).meta({ description: 'Rows of the schema SendEvent.' }) })
  .meta({
    id: 'SendEvents',
    example: {
      events: [{ name: 'user_onboarded', id: 'onboarding-4711', subject: { phone: '+447700900101' }, payload: { first_name: 'Priya' } }],
    },
  });

const verdictSchema = rowVerdictSchema.meta({
  id: 'EventVerdict',
  example: { index: 0, status: 'accepted', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a0' },
});
type VerdictView = z.input<typeof verdictSchema>;

/** Response of the JSON form. */
export const eventVerdictsSchema = z.object({ ...rowTallySchema.shape, results: z.array(verdictSchema) }).meta({
  id: 'EventVerdicts',
  example: {
    accepted: 1,
    duplicates: 0,
    refused: 0,
    results: [{ index: 0, status: 'accepted', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a0' }],
  },
});

const summaryLineSchema = z
  .object({ summary: eventVerdictsSchema.omit({ results: true }) })
  .meta({ id: 'EventSummaryLine', description: 'Last line of the response, when every event has its verdict.' });
/** One line of the response to a stream. */
export const eventLineSchema = z
  .union([verdictSchema, summaryLineSchema, streamErrorSchema])
  .meta({ id: 'EventLine', example: { index: 0, status: 'accepted', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a0' } });

/** Stores many events and returns a verdict per event. Each event has its own id, so that a repeated request stores nothing twice. */
export class EventBatch {
  constructor(private readonly intake: EventIntake) {}

  async all(tenantId: string, events: unknown[]): Promise<z.input<typeof eventVerdictsSchema>> {
    const results = await this.store(
      tenantId,
      events.map((value) => ({ value })),
      0,
    );
    return { ...tally(results), results };
  }

  /** Yields one verdict line per event as its chunk is committed, then a summary line. */
  stream(tenantId: string, body: Readable): AsyncGenerator<string> {
    const totals = { accepted: 0, duplicates: 0, refused: 0 };
    return rowStream<unknown, VerdictView>(body, {
      read: (value) => ({ value }),
      store: async (rows, first) => {
        const verdicts = await this.store(tenantId, rows, first);
        for (const [name, count] of Object.entries(tally(verdicts))) totals[name as keyof typeof totals] += count;
        return verdicts;
      },
      summary: () => totals,
    });
  }

  private async store(tenantId: string, rows: Row<unknown>[], first: number): Promise<VerdictView[]> {
    const verdicts = await mapInSlices(rows, (row, i) => {
      const verdict = this.storeOne(tenantId, row, first + i);
      verdict.catch(() => undefined); // awaited below; until then this avoids an unhandled rejection
      return { verdict };
    });
    return Promise.all(verdicts.map(({ verdict }) => verdict));
  }

  private async storeOne(tenantId: string, row: Row<unknown>, index: number): Promise<VerdictView> {
    if ('errors' in row) return { index, status: 'refused', errors: row.errors };
    try {
      const { id, replayed } = await this.intake.accept(tenantId, row.value, { source: 'api' });
      return { index, status: replayed ? 'duplicate' : 'accepted', id };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { index, status: 'refused', errors: faultsOf(error) };
    }
  }
}

function faultsOf({ reason, message, details }: AppError): FieldError[] {
  return details.errors ?? [{ path: details.path ?? '', code: reason, message }];
}

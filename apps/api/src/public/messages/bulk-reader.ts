import type { Readable } from 'node:stream';
import { AppError, type FieldError, invalidBody, mapInSlices } from '@heliograph/kernel';
import { bulkMessageBody, type MessageDraft, type MessageIntake, type MessageReader, type Verdict } from '@heliograph/messaging';
import { z } from 'zod';
import { type Row, rowStream, rowTallySchema, rowVerdictSchema, streamErrorSchema, tally } from '../../http/bulk/row-stream';
import type { AllowedSessions } from '@heliograph/tenants';
import type { CurrentTenantInfo } from '../../http/principal';

const exampleVerdict = { index: 0, status: 'accepted', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073980' };

const maxRows = 10_000;
/** Maximum rows of an all-or-nothing stream, which are kept in memory until all are checked. */
const maxAtomicRows = 100_000;

/** Body of the JSON form. Rows are checked one by one, so that a bad row does not refuse the others. */
export const bulkBody = z
  .strictObject({
    messages: z.array(z.unknown()).min(1).max(maxRows).meta({ description: 'Rows of the schema BulkMessage.' }),
    atomic: z.boolean().default(false).meta({ description: 'True: stores all rows or none.' }),
    name: z.string().min(1).max(200).optional().meta({ description: 'Name of the group.' }),
  })
  .meta({ id: 'BulkSend', example: { messages: [{ to: '+447700900101', type: 'text', text: 'Autumn sale!' }], atomic: false } });
export type BulkBody = z.output<typeof bulkBody>;

const verdictSchema = rowVerdictSchema
  .extend({
    replayed: z.literal(true).optional().meta({ description: 'For a stream: an earlier request with the same key stored the row.' }),
  })
  .meta({ id: 'BulkVerdict', example: exampleVerdict });

/** Response of the JSON form. */
export const bulkVerdictsSchema = z.object({ group_id: z.uuid(), ...rowTallySchema.shape, results: z.array(verdictSchema) }).meta({
  id: 'BulkVerdicts',
  example: {
    group_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073990',
    accepted: 1,
    duplicates: 0,
    refused: 1,
    results: [
      { index: 0, status: 'accepted', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073980' },
      { index: 1, status: 'refused', errors: [{ path: 'to', code: 'invalid_phone', message: 'The phone number is not valid.' }] },
    ],
  },
});
type VerdictView = z.input<typeof verdictSchema>;

const summaryLineSchema = z
  .object({ summary: bulkVerdictsSchema.omit({ results: true }) })
  .meta({ id: 'BulkSummaryLine', description: 'Last line of the response, when every row has its verdict.' });
/** One line of the response to a stream. */
export const bulkLineSchema = z
  .union([verdictSchema, summaryLineSchema, streamErrorSchema])
  .meta({ id: 'BulkLine', example: exampleVerdict });

/** Conditions of a bulk call. */
interface BulkCall {
  groupId: string;
  atomic: boolean;
  sessions: AllowedSessions;
}

/** Reads bulk rows, stores those that can be sent, and returns a verdict per row. */
export class BulkReader {
  constructor(
    private readonly intake: MessageIntake,
    private readonly reader: MessageReader,
  ) {}

  /** @throws AppError `rows_refused` when `atomic` and a row cannot be sent */
  async all(tenant: CurrentTenantInfo, body: BulkBody, call: BulkCall): Promise<z.input<typeof bulkVerdictsSchema>> {
    const rows = await mapInSlices(body.messages, (row) => this.row(tenant, row));
    const verdicts = await this.store(tenant.id, rows, 0, call);
    // A repeat gets the response of the first request; the header marks it.
    return { group_id: call.groupId, ...tally(verdicts), results: verdicts.map(({ replayed: _, ...verdict }) => verdict) };
  }

  /** Yields one verdict line per row as its chunk is committed, then a summary line. */
  stream(tenant: CurrentTenantInfo, body: Readable, call: BulkCall): AsyncGenerator<string> {
    const totals = { accepted: 0, duplicates: 0, refused: 0 };
    return rowStream<MessageDraft, VerdictView>(body, {
      read: (row) => this.row(tenant, row),
      store: async (rows, first) => {
        const verdicts = await this.store(tenant.id, rows, first, call);
        const { accepted, duplicates, refused } = tally(verdicts);
        totals.accepted += accepted;
        totals.duplicates += duplicates;
        totals.refused += refused;
        return verdicts;
      },
      summary: () => ({ group_id: call.groupId, ...totals }),
      allAtOnce: call.atomic ? maxAtomicRows : undefined,
    });
  }

  private row(tenant: CurrentTenantInfo, row: unknown): Row<MessageDraft> {
    const parsed = bulkMessageBody.safeParse(row);
    if (!parsed.success) return { errors: invalidBody(parsed.error.issues).details.errors ?? [] };
    const read = this.reader.read(tenant, parsed.data, 'broadcast');
    return read.ok ? { value: read.draft } : { errors: read.errors };
  }

  private async store(
    tenantId: string,
    rows: Row<MessageDraft>[],
    first: number,
    { groupId, atomic, sessions }: BulkCall,
  ): Promise<VerdictView[]> {
    const refusals = rows.flatMap((row, i) =>
      'errors' in row ? row.errors.map((e) => ({ ...e, path: `messages/${first + i}/${e.path}` })) : [],
    );
    if (atomic && refusals.length > 0)
      throw new AppError('unprocessable', 'rows_refused', 'Nothing was stored: rows were refused and the request was all-or-nothing.', {
        errors: refusals.slice(0, 100),
      });
    const verdicts: VerdictView[] = rows.map((row, i) => ({
      index: first + i,
      status: 'refused',
      ...('errors' in row && { errors: row.errors }),
    }));
    // Ids are derived from the row's place in the request, so that rows after a bad one keep their numbers.
    for (const [from, drafts] of runs(rows)) {
      const stored = await this.intake.acceptMany(tenantId, drafts, { groupId, firstIndex: first + from, atomic, sessions });
      stored.forEach((verdict, k) => (verdicts[from + k] = view(first + from + k, verdict)));
    }
    // In an all-or-nothing request, an error of one row fails the request.
    const reused = atomic ? verdicts.filter((v) => v.errors?.some((e) => e.code === 'idempotency_key_reused')) : [];
    if (reused.length > 0)
      throw new AppError('unprocessable', 'rows_refused', 'Nothing was stored: rows were refused and the request was all-or-nothing.', {
        errors: reused.slice(0, 100).map((v) => ({ ...(v.errors?.[0] as FieldError), path: `messages/${v.index}/idempotency_key` })),
      });
    return verdicts;
  }
}

/** Returns runs of adjacent rows that can be sent. */
function runs(rows: Row<MessageDraft>[]): [number, MessageDraft[]][] {
  const found: [number, MessageDraft[]][] = [];
  rows.forEach((row, i) => {
    if ('errors' in row) return;
    const last = found.at(-1);
    if (last && last[0] + last[1].length === i) last[1].push(row.value);
    else found.push([i, [row.value]]);
  });
  return found;
}

function view(index: number, verdict: Verdict): VerdictView {
  if (verdict.status === 'refused')
    return { index, status: 'refused', errors: [{ path: verdict.path ?? '', code: verdict.code, message: verdict.message }] };
  return { index, status: verdict.status, id: verdict.message.id, ...('replayed' in verdict && { replayed: true as const }) };
}

import type { Page } from '@heliograph/kernel';
import { z } from 'zod';

/** Returns the schema of one page of a list. */
export function pageSchema<S extends z.ZodType>(row: S, meta: { id: string; example?: unknown; description?: string }) {
  return z
    .object({
      data: z.array(row),
      next_cursor: z.string().nullable().meta({ description: '`cursor` of the next page; null on the last page.' }),
      total: z.int().optional().meta({ description: 'Number of rows of the whole list. Left out where counting them is not cheap.' }),
    })
    .meta(meta);
}

/** Returns the response of a list. */
export function pageView<T, V>(
  { rows, next, total }: Page<T>,
  view: (row: T) => V,
): { data: V[]; next_cursor: string | null; total?: number } {
  return { data: rows.map((row) => view(row)), next_cursor: next, ...(total !== undefined && { total }) };
}

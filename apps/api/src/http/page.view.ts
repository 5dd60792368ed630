import type { Page } from '@heliograph/kernel';
import { z } from 'zod';

/** Returns the schema of one page of a list. */
export function pageSchema<S extends z.ZodType>(row: S, meta: { id: string; example?: unknown; description?: string }) {
  return z
    .object({
      data: z.array(row),
      next_cursor: z.string().nullable().meta({ description: '`cursor` of the next page; null on the last page.' }),
    })
    .meta(meta);
}

/** Returns the response of a list. */
export function pageView<T, V>(page: Page<T>, view: (row: T) => V): { data: V[]; next_cursor: string | null } {
  return { data: page.rows.map((row) => view(row)), next_cursor: page.next };
}

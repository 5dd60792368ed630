import { z } from 'zod';

/** A cursor of lists by time: `at~id` of the last row. */
export const timeCursor = z.string().refine((text) => {
  const [at, id, ...more] = text.split('~');
  return more.length === 0 && z.iso.datetime().safeParse(at).success && z.uuid().safeParse(id).success;
}, '`next_cursor` of the page before.');

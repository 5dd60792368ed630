import { z } from 'zod';
import { isSafeName } from './variable-names';

const form = /^[A-Za-z_][\w.-]{0,63}$/;

/** Name of an attribute that is stored already. */
export const storedAttributeName = z
  .string()
  .regex(form, 'A name starts with a letter or underscore and has at most 64 letters, digits, dots, dashes and underscores.');

/** Name of an attribute, for everything that writes one. */
export const attributeName = storedAttributeName.refine(isSafeName, 'This name is not allowed.');

/** True for a name that a stored attribute may have. */
export const isAttributeName = (name: string): boolean => form.test(name);

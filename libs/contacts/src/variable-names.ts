/** Greatest number of characters in the name of a variable. */
export const maxVariableName = 64;
const first = String.raw`[\p{L}_]`;
const next = String.raw`\p{L}\p{M}\p{N}_`;

/** Names of the columns of an import, as variables: letters of any script, digits and underscores. */
export const columnVariable = new RegExp(`^${first}[${next}]{0,${maxVariableName - 1}}$`, 'u');
/** Names that a template may use: those of columns, and members of the contact, whose attributes may have dots and dashes. */
export const templateVariable = new RegExp(`^(?:contact\\.)?${first}[${next}.-]{0,${maxVariableName - 1}}$`, 'u');

/** Returns text in the form in which names are compared: letters with accents may be written in two ways that look the same. */
export const composed = (text: string): string => text.normalize('NFC');

/** Names that every object has. */
const inherited = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype']);

/** False for a name that an object inherits, such as `__proto__`. */
export const isSafeName = (name: string): boolean => !inherited.has(name);

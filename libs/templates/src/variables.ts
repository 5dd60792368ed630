/** Values that expressions and templates can read, by name. */
export type Variables = Record<string, unknown>;

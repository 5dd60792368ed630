/** Values that expressions and templates see, by name. */
export type Variables = Record<string, unknown>;

import type { Rule } from 'eslint';

declare const plugin: {
  rules: Record<'sql-in-its-places' | 'one-writer' | 'own-reads' | 'linear-windows' | 'comment-starts', Rule.RuleModule>;
  /** The lib that writes a table, by table. */
  owners: Readonly<Record<string, string>>;
  sameNames(files: string[]): string[][];
  sourceFiles(...folders: string[]): string[];
  unusedExports(libs: string[], files: string[]): string[];
};
export = plugin;

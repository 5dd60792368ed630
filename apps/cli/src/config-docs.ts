import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { declaredConfig } from './every-lib';
import type { z } from 'zod';

interface Key {
  name: string;
  description: string;
  /** Default as written in the environment; null: none. */
  fallback: string | null;
  isRequired: boolean;
}

function keysOf(shape: Record<string, z.ZodType>): Key[] {
  return Object.entries(shape).map(([name, type]) => {
    const unset = type.safeParse(undefined) as { success: boolean; data?: string | number | boolean | string[] };
    const fallback = unset.data === undefined ? null : String(unset.data);
    return { name, description: type.description ?? '', fallback, isRequired: !unset.success };
  });
}

function envExample(): string {
  const lines = ['# Generated from the code by `npm run config:docs`. A commented key shows its default.'];
  for (const { title, shape } of declaredConfig()) {
    lines.push('', `# ${title}`);
    for (const { name, description, fallback, isRequired } of keysOf(shape))
      lines.push('', `# ${description}${isRequired ? ' Required.' : ''}`, `${isRequired ? '' : '# '}${name}=${fallback ?? ''}`);
  }
  return `${lines.join('\n')}\n`;
}

function reference(): string {
  const lines = [
    '# Configuration',
    '',
    'Made from the code by `npm run config:docs`. Every process reads its configuration from the environment, checks all of it before',
    'it touches anything, and names every fault at once. `npm run heliograph -- config:check` does the same and nothing else.',
    'An empty value counts as not set.',
  ];
  for (const { title, shape } of declaredConfig()) {
    lines.push('', `## ${title}`, '', '| Key | Default | Meaning |', '| --- | --- | --- |');
    for (const { name, description, fallback, isRequired } of keysOf(shape))
      lines.push(
        `| \`${name}\` | ${isRequired ? '**required**' : fallback ? `\`${fallback}\`` : ''} | ${description.replaceAll('|', '\\|')} |`,
      );
  }
  return `${lines.join('\n')}\n`;
}

const files: [string, string][] = [
  ['.env.example', envExample()],
  ['docs/CONFIGURATION.md', reference()],
];
const isCheck = process.argv.includes('--check');
for (const [file, text] of files) {
  if (!isCheck) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${file} differs from the code: npm run build && npm run config:docs\n`);
    process.exitCode = 1;
  }
}

import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { previewDocument } from './preview';

const file = resolve('docs/openapi.json');

/** Writes docs/openapi.json from the code; with --check, fails when the committed file differs. */
async function main(): Promise<void> {
  const text = `${JSON.stringify(await previewDocument(), null, 2)}\n`;
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (text !== readFileSync(file, 'utf8'))
    throw new Error('docs/openapi.json differs from the code: npm run build && npm run openapi');
  process.exit(0);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

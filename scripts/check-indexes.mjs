// The index of a lib exports what others import, and nothing more: its repositories stay inside. Run by `npm run layers`, from check-names.mjs.
import { readdirSync } from 'node:fs';
import names from './lint/file-names.cjs';
import indexes from './lint/index-exports.cjs';

const files = names.sourceFiles('libs', 'apps', 'bench', 'chaos', 'test');
const found = indexes.unusedExports(readdirSync('libs'), files);
for (const name of found) console.error(`Exported by an index, imported by nobody: ${name}`);
if (found.length > 0) process.exitCode = 1;

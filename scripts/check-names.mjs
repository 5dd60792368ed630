// Two files may not have one name: a name says where a thing is, in a search and in a review. Run by `npm run layers`.
import './check-indexes.mjs';
import names from './lint/file-names.cjs';

const found = names.sameNames(names.sourceFiles('libs', 'apps', 'bench', 'chaos'));
for (const files of found) console.error(`One name, several files: ${files.join(', ')}`);
if (found.length > 0) process.exitCode = 1;

// Two files may not have one name: a name says where a thing is, in a search and in a review. Run by `npm run layers`.
import names from './lint/file-names.cjs';

/** Taken by the command line and by views of the api until they have names of their own. */
const pending = /\/(addresses|entity-tags|faults|invariants\.repository|ledger|ledger\.repository|page)\.ts$/;
const found = names.sameNames(names.sourceFiles('libs', 'apps')).filter(([file]) => !pending.test(file));
for (const files of found) console.error(`One name, several files: ${files.join(', ')}`);
if (found.length > 0) process.exitCode = 1;

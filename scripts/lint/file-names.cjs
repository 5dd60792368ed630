const { readdirSync } = require('node:fs');
const { basename, join } = require('node:path');

/** Names that each lib or process may have. */
const everywhere = new Set(['index.ts', 'main.ts', 'run.ts', 'start.ts']);

/** Folders of the panel's words: each language has a file of the same name as the others. */
const words = /(?:^|\/)apps\/admin\/src\/i18n\/[^/]+\//;

/** The files of each name that two or more have. */
function sameNames(files) {
  const byName = Map.groupBy(files, (file) => basename(file));
  return [...byName].filter(([name, of]) => of.length > 1 && !everywhere.has(name)).map(([, of]) => of.toSorted());
}

/** Source files below these folders, built ones left out. */
function sourceFiles(...folders) {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !/(?:^|\/)(?:node_modules|dist)\//.test(file) && !words.test(file)),
  );
}

module.exports = { sameNames, sourceFiles };

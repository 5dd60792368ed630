const { existsSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const ts = require('typescript');

const sourceOf = (file) => ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
/** File of a path relative to another file, without its ending. */
const fileAt = (from, path) => [`${join(dirname(from), path)}.ts`, join(dirname(from), path, 'index.ts')].find(existsSync);
const isExported = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;

/** Names that a file exports. `export * from` stands for all names of that file. */
function exportsOf(file) {
  return sourceOf(file).statements.flatMap((node) => {
    if (ts.isExportDeclaration(node)) {
      if (node.exportClause) return node.exportClause.elements.map(({ name }) => name.text);
      const from = fileAt(file, node.moduleSpecifier.text);
      return from ? exportsOf(from) : [];
    }
    if (!isExported(node)) return [];
    if (ts.isVariableStatement(node)) return node.declarationList.declarations.flatMap(({ name }) => namesIn(name));
    return node.name ? [node.name.text] : [];
  });
}

/** Names that a pattern binds, as the other side calls them. */
const namesIn = (name) =>
  ts.isIdentifier(name) ? [name.text] : name.elements.flatMap((one) => (one.propertyName ? [one.propertyName.text] : namesIn(one.name)));

/** Names that a file imports or passes on, each with the module it is of. Of what is loaded by `import('…')`, any name in the file may be one. */
function importsOf(file) {
  const found = [];
  const loaded = [];
  const words = new Set();
  const add = (of, names) => found.push(...names.map((name) => ({ of, name })));
  const visit = (node) => {
    const of = node.moduleSpecifier?.text;
    if (ts.isImportDeclaration(node) && node.importClause?.namedBindings?.elements)
      add(
        of,
        node.importClause.namedBindings.elements.map(({ propertyName, name }) => (propertyName ?? name).text),
      );
    else if (ts.isExportDeclaration(node) && of && node.exportClause?.elements)
      add(
        of,
        node.exportClause.elements.map(({ propertyName, name }) => (propertyName ?? name).text),
      );
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0])
      loaded.push(node.arguments[0].text);
    else if (ts.isIdentifier(node)) words.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(sourceOf(file));
  for (const of of loaded) add(of, [...words]);
  return found;
}

/** Names of the indexes of libs that none of the files imports by the name of the lib, as `<lib>: <name>`. */
function unusedExports(libs, files) {
  const used = new Set(files.flatMap(importsOf).map(({ of, name }) => `${of} ${name}`));
  return libs.flatMap((lib) =>
    [...new Set(exportsOf(join('libs', lib, 'src', 'index.ts')))]
      .filter((name) => !used.has(`@heliograph/${lib} ${name}`))
      .toSorted()
      .map((name) => `${lib}: ${name}`),
  );
}

module.exports = { unusedExports };

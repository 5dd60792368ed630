/** The rules of this repository about where SQL stands, who writes a table, what files are called and what indexes export. */
module.exports = {
  rules: {
    'sql-in-its-places': require('./sql-in-its-places.cjs'),
    'one-writer': require('./one-writer.cjs'),
    'own-reads': require('./own-reads.cjs'),
    'linear-windows': require('./linear-windows.cjs'),
    'comment-starts': require('./comment-starts.cjs'),
  },
  ...require('./file-names.cjs'),
  ...require('./index-exports.cjs'),
  owners: require('./table-owners.cjs'),
};

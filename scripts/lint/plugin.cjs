/** The rules of this repository about where SQL stands, who writes a table and what files are called. */
module.exports = {
  rules: {
    'sql-in-its-places': require('./sql-in-its-places.cjs'),
    'one-writer': require('./one-writer.cjs'),
    'own-reads': require('./own-reads.cjs'),
    'comment-starts': require('./comment-starts.cjs'),
  },
  ...require('./file-names.cjs'),
  owners: require('./table-owners.cjs'),
};

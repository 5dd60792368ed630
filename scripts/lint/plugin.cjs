/** The rules of this repository about where SQL stands and who writes a table. */
module.exports = {
  rules: { 'sql-in-its-places': require('./sql-in-its-places.cjs'), 'one-writer': require('./one-writer.cjs') },
  owners: require('./table-owners.cjs'),
};

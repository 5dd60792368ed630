const owners = require('./table-owners.cjs');
const { tablesRead, textOf } = require('./sql-text.cjs');

/** A statement reads the tables of its own lib; those of others through their owner. */
module.exports = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { foreign: '{{table}} belongs to {{owner}}. Read it through a fragment, a view or a function of that lib.' },
  },
  create(context) {
    const lib = /(?:^|\/)(?:libs|apps)\/([^/]+)\/src\//.exec(context.filename.replaceAll('\\', '/'))?.[1];
    if (lib === undefined) return {};
    const check = (node) => {
      for (const table of new Set(tablesRead(textOf(node) ?? ''))) {
        const owner = owners[table];
        if (owner !== undefined && owner !== lib) context.report({ node, messageId: 'foreign', data: { table, owner } });
      }
    };
    return { Literal: check, TemplateLiteral: check };
  },
};

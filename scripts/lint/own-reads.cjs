const owners = require('./table-owners.cjs');
const { tablesRead, textOf } = require('./sql-text.cjs');

/**
 * Tables of other libs that a lib joins in statements of its own, each with its reason. Whatever else it needs of another lib it
 * gets from a fragment, a view or a function of the owner.
 */
const joins = {
  contacts: {},
  messaging: {
    // The check of the counts leaves out what their reader has not read.
    feed_readers: 'position of the counts',
  },
  inbox: {
    // A conversation shows what was sent beside what was written: one page of both, sorted by time.
    messages: 'conversation pages',
    message_keys: 'conversation pages',
  },
};

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
        if (owner !== undefined && owner !== lib && !(table in (joins[lib] ?? {})))
          context.report({ node, messageId: 'foreign', data: { table, owner } });
      }
    };
    return { Literal: check, TemplateLiteral: check };
  },
};

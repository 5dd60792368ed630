const owners = require('./table-owners.cjs');
const { tablesWritten, textOf } = require('./sql-text.cjs');

/** Tables that a file may write although the check cannot name their owner, each with its reason. */
const exceptions = {
  // Owners name the columns that hold sealed values.
  'libs/kernel/src/crypto/reseal.ts': ['${}'],
  // One part of the statement for each table that holds a part of a message, named beside it.
  'libs/messaging/src/retention/message-retention.repository.ts': ['${}'],
  // A table of early versions; feed_readers took its rows over.
  '/migrations/1764000500000-message-event-feed.ts': ['message_event_readers'],
  // Dead letters were messaging's when this was written.
  '/migrations/1764000800000-telling-outside.ts': ['dead_letters'],
  // Its way back takes values out of settings that only came with these links.
  'libs/campaigns/migrations/1764006328650-approval-links.ts': ['tenants'],
};

/** A table is written by one lib, its owner, so that what must hold between its rows is kept in one place. */
module.exports = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      foreign: '{{table}} belongs to {{owner}}, which alone writes it. Call a function of that lib.',
      unknown: '{{table}} has no owner. Name it in scripts/lint/table-owners.cjs.',
      expression: 'Name the table that is written: who owns it cannot be checked otherwise.',
    },
  },
  create(context) {
    const file = context.filename.replaceAll('\\', '/');
    const lib = /(?:^|\/)(libs|apps)\/([^/]+)\//.exec(file);
    const allowed = Object.entries(exceptions).flatMap(([ending, tables]) => (file.endsWith(ending) ? tables : []));
    const check = (node) => {
      for (const table of tablesWritten(textOf(node) ?? '')) {
        if (allowed.includes(table)) continue;
        const owner = owners[table];
        if (table === '${}') context.report({ node, messageId: 'expression' });
        else if (owner === undefined) context.report({ node, messageId: 'unknown', data: { table } });
        else if (lib?.[1] !== 'libs' || lib[2] !== owner) context.report({ node, messageId: 'foreign', data: { table, owner } });
      }
    };
    return { Literal: check, TemplateLiteral: check };
  },
};

const { isSql, textOf } = require('./sql-text.cjs');

const places = /(?:^|\/)libs\/kernel\/|\.repository\.ts$|\/migrations\//;

/** SQL stands in repositories, migrations and the kernel, so that the rest reads as rules. */
module.exports = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      text: 'SQL stands in *.repository.ts, migrations and the kernel. Move the statement into a repository beside this file.',
      call: 'Statements are run in *.repository.ts, migrations and the kernel. Call a function of a repository.',
    },
  },
  create(context) {
    if (places.test(context.filename.replaceAll('\\', '/'))) return {};
    const check = (node) => {
      const text = textOf(node);
      if (text !== null && isSql(text)) context.report({ node, messageId: 'text' });
    };
    return {
      Literal: check,
      TemplateLiteral: check,
      'CallExpression > MemberExpression.callee[property.name=/^(query|prepared)$/]': (node) => context.report({ node, messageId: 'call' }),
    };
  },
};

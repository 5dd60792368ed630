const { textOf } = require('./sql-text.cjs');

const movingStart = /\bBETWEEN\s+(?:CURRENT\s+ROW|\S+\s+FOLLOWING)\s+AND\b/;

/** PostgreSQL computes min, max and others anew for each row when the start of the frame moves: quadratic in the rows of a partition. */
module.exports = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { frame: 'The start of this frame moves. Sort the other way and begin the frame at UNBOUNDED PRECEDING.' },
  },
  create(context) {
    const check = (node) => {
      const text = textOf(node);
      if (text !== null && movingStart.test(text)) context.report({ node, messageId: 'frame' });
    };
    return { Literal: check, TemplateLiteral: check };
  },
};

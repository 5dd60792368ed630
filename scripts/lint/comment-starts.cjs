const subordinate = /^\*\s*(?:\*\s*)?(Of|How|What|When|Where|Whether|Who)\b/;

/** Doc comments begin with a verb or a noun, so that their first words say what a thing is. */
module.exports = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { start: 'Begin with a verb or a noun instead of "{{ word }}": "Returns …", "True when …", "Number of …", "Place of …".' },
  },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          const word = comment.type === 'Block' && subordinate.exec(comment.value)?.[1];
          if (word) context.report({ loc: comment.loc, messageId: 'start', data: { word } });
        }
      },
    };
  },
};

'use strict';
const { default: Sequencer } = require('@jest/test-sequencer');

/** Orders specs: those that take minutes begin first, so that nothing is waited for alone at the end. */
const long = [/chaos\.spec/, /panel.screens/, /sabotage\.spec/, /rabbitmq/, /callback-faults/, /kafka/, /sqs/];
const place = ({ path }) => {
  const found = long.findIndex((name) => name.test(path));
  return found < 0 ? long.length : found;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => place(a) - place(b));
  }
};

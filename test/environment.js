'use strict';
const { PerformanceObserver } = require('node:perf_hooks');
const { TestEnvironment } = require('jest-environment-node');

/**
 * Ends what a test file leaves behind that the worker process would go on calling: intervals (pino's flush of its lines) and
 * performance observers (prom-client's of garbage collection). Each of them holds all modules of its file: some 80 MB where a file
 * opens the whole api, until a collection of garbage takes seconds.
 */
module.exports = class Environment extends TestEnvironment {
  intervals = [];
  observers = [];
  observe = PerformanceObserver.prototype.observe;

  async setup() {
    await super.setup();
    const { intervals, observers, observe } = this;
    const { setInterval } = this.global;
    this.global.setInterval = (...args) => {
      const interval = setInterval(...args);
      intervals.push(interval);
      return interval;
    };
    PerformanceObserver.prototype.observe = function (...args) {
      observers.push(this);
      return observe.apply(this, args);
    };
  }

  async teardown() {
    PerformanceObserver.prototype.observe = this.observe;
    for (const observer of this.observers.splice(0)) observer.disconnect();
    for (const interval of this.intervals.splice(0)) clearInterval(interval);
    await super.teardown();
  }
};

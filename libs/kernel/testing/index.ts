export * from './clock';
export * from './flaky-proxy';
export * from './history-settles';
export * from './open-test-database';
export * from './test-database';
export * from './until';
export * from './with-redis';
export * from './hostile-urls';

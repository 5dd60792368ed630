// Packages that publish ES modules only; Jest compiles them to CommonJS. Extend when Jest says "Must use import to load ES Module".
const esmOnly = [
  '@nestjs',
  'cookie',
  'uuid',
  'file-type',
  'strtok3',
  'token-types',
  'uint8array-extras',
  '@tokenizer',
  '@borewit',
  'nestjs-pino',
  '@platformatic',
  'p-limit',
  'better-auth',
  '@better-auth',
  'better-call',
  '@better-fetch',
  'jose',
  'nanostores',
  'rou3',
  'defu',
  '@noble',
  'kysely',
  'content-disposition',
  'temporal-polyfill',
  'temporal-utils',
];

module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test', '<rootDir>/chaos', '<rootDir>/bench'],
  testRegex: '\\.(spec|int-spec|e2e-spec)\\.ts$',
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  transform: { '^.+\\.(ts|js|mjs)$': '@swc/jest' },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  moduleNameMapper: {
    // What commands load when they run.
    '^(\\./(?:services|reading|every-lib|(?:migrate|check-invariants|open-ledger)\\.repository))\\.js$': '$1',
    '^(\\./(?:rabbitmq|sqs|kafka)-source)\\.js$': '$1',
    '^@heliograph/([a-z-]+)$': '<rootDir>/libs/$1/src',
    '^@heliograph/([a-z-]+)/testing$': '<rootDir>/libs/$1/testing',
  },
  setupFiles: ['<rootDir>/test/quiet.js'],
  globalSetup: '<rootDir>/test/global-setup.js',
  globalTeardown: '<rootDir>/test/global-teardown.js',
  testTimeout: 60_000,
  // Half of the tests wait for a database, a broker or a process at any time.
  maxWorkers: 2,
  // Concurrent tests of one file start processes of their own.
  maxConcurrency: 2,
  // Files that open the api leave some 80 MB each that is not given back; at 3 GB a collection of garbage takes seconds.
  workerIdleMemoryLimit: '1000MB',
  testSequencer: '<rootDir>/test/longest-first.js',
};

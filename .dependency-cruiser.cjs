// Who may import whom: one line per lib, everything else is an error. See docs/ARCHITECTURE.md.
const mayImport = {
  kernel: [],
  providers: ['kernel'],
  tenants: ['kernel', 'providers'],
  templates: ['kernel'],
  staff: ['kernel', 'tenants'],
  contacts: ['kernel', 'providers', 'tenants'],
  'dead-letters': ['kernel', 'tenants'],
  messaging: ['kernel', 'providers', 'tenants', 'contacts', 'dead-letters'],
  inbox: ['kernel', 'providers', 'tenants', 'contacts', 'messaging'],
  campaigns: ['kernel', 'providers', 'tenants', 'templates', 'contacts', 'dead-letters', 'messaging', 'inbox'],
  ingestion: ['kernel', 'tenants', 'templates', 'contacts', 'dead-letters', 'messaging', 'inbox', 'campaigns'],
  webhooks: ['kernel', 'providers', 'tenants', 'contacts', 'dead-letters', 'messaging', 'inbox', 'campaigns'],
};
const libRules = Object.entries(mayImport).map(([lib, allowed]) => ({
  name: `${lib}-imports`,
  severity: 'error',
  from: { path: `^libs/${lib}/` },
  to: { path: '^(libs|apps|bench|chaos)/', pathNot: [lib, ...allowed].map((l) => `^libs/${l}/`) },
}));

module.exports = {
  forbidden: [
    ...libRules,
    {
      name: 'only-through-index',
      comment: 'A lib is used through its index; its testing/ folder only by tests.',
      severity: 'error',
      from: { path: '^(libs|apps)/([^/]+)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: ['^libs/$2/', '/src/index\\.ts$'] },
    },
    {
      name: 'apps-into-libs-only-through-index',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^libs/[^/]+/src/', pathNot: ['/src/index\\.ts$'] },
    },
    {
      name: 'hooks-and-callbacks-apart',
      comment: 'Two modules that share a lib by name alone.',
      severity: 'error',
      from: { path: '^libs/webhooks/src/(inbound|outbound)/' },
      to: { path: '^libs/webhooks/src/', pathNot: ['^libs/webhooks/src/$1/'] },
    },
    {
      name: 'nobody-imports-an-app',
      severity: 'error',
      from: { path: '^(libs|apps)/([^/]+)/' },
      to: { path: '^apps/', pathNot: ['^apps/$2/'] },
    },
    {
      name: 'simulator-stands-alone',
      comment: 'The simulator, the receiver and the oracle share no code with the product, or a common bug would hide itself.',
      severity: 'error',
      from: { path: '^(apps/simulator|chaos/(oracle|receiver))/' },
      to: { path: '^libs/' },
    },
    {
      name: 'testing-only-in-tests',
      severity: 'error',
      from: { path: '^(libs|apps)/[^/]+/src/', pathNot: ['\\.(spec|int-spec|e2e-spec)\\.ts$'] },
      to: { path: '^libs/[^/]+/testing/' },
    },
    {
      name: 'typeorm-in-its-places',
      severity: 'error',
      from: {
        path: '^(libs|apps)/',
        pathNot: [
          '^libs/kernel/',
          '\\.(entity|repository|module|int-spec|e2e-spec|spec)\\.ts$',
          '/migrations/',
          '/test/',
          '/testing/',
          '^ormconfig',
        ],
      },
      to: { path: '^node_modules/(typeorm|@nestjs/typeorm)/' },
    },
    {
      name: 'bullmq-in-its-places',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: ['^libs/kernel/', '\\.(module|processor|int-spec|spec)\\.ts$', '/test/'] },
      to: { path: '^node_modules/(bullmq|@nestjs/bullmq)/' },
    },
    { name: 'no-circular', severity: 'error', from: { path: '^(libs|apps)/' }, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default', 'types'] },
  },
};

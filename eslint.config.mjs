import tseslint from 'typescript-eslint';
import heliograph from './scripts/lint/plugin.cjs';

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '.data/**', '**/*.cjs', '**/*.cts', '**/*.mjs', '**/*.js'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Nest controllers return promises from handlers, undici callbacks are void: both are checked by no-floating-promises.
      '@typescript-eslint/require-await': 'off',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: "Declare the key in the lib's *.config.ts instead." },
      ],
    },
  },
  {
    plugins: { heliograph },
    rules: { 'heliograph/comment-starts': 'error' },
  },
  {
    files: ['libs/*/src/**', 'libs/*/migrations/**', 'apps/*/src/**'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'heliograph/sql-in-its-places': 'error',
      'heliograph/one-writer': 'error',
      'heliograph/own-reads': 'error',
      'heliograph/linear-windows': 'error',
    },
  },
  {
    // One name for a thing in all lines, so that one query finds them: docs/OPERATIONS.md names them.
    files: ['libs/*/src/**', 'apps/worker/src/**', 'apps/cli/src/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'CallExpression[callee.property.name=/^(log|warn|error|debug)$/] > ObjectExpression:has(> Property[key.name="event"]) > Property[key.name=/[a-z]Id$/]',
          message: 'Name the thing in a log line without Id: tenant, session, message, campaign.',
        },
      ],
    },
  },
  {
    // What a handler answers is the type of its documented schema.
    files: ['apps/api/src/**/*.controller.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MethodDefinition > FunctionExpression > TSTypeAnnotation TSUnknownKeyword, MethodDefinition > FunctionExpression[returnType=null]:not([parent.kind="constructor"])',
          message: 'Return the type of the schema that the document shows: z.input<typeof schema>.',
        },
      ],
    },
  },
  {
    // Test files, harnesses and the stand-alone simulator read their own environment and loosely typed JSON.
    files: [
      '**/*.spec.ts',
      '**/*.int-spec.ts',
      '**/*.e2e-spec.ts',
      '**/testing/**',
      '**/test/**',
      'bench/**',
      'chaos/**',
      'apps/simulator/**',
      'libs/kernel/src/config/**',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // React-Admin types what it hands on (filters, errors, identities) as any; the panel's own types are checked where they are used.
    files: ['apps/admin/**'],
    rules: {
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/only-throw-error': 'off',
    },
  },
  {
    // The panel stands still while a person has paused it. What goes on all the same: codes that end, jobs that run, pages without a sign-in.
    files: ['apps/admin/src/**'],
    ignores: [
      'apps/admin/src/jobs/**',
      'apps/admin/src/link-phone/**',
      'apps/admin/src/report/**',
      'apps/admin/src/contacts/edit-progress.tsx',
      'apps/admin/src/endpoints/test-drawer.tsx',
      'apps/admin/src/parts/job-progress.tsx',
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Property[key.name=/^(refetchInterval|everyMs)$/] Literal[raw=/^[1-9]/]:not(CallExpression > Literal)',
          message: 'Take the time from usePollMs or useEveryMs, which stop while the panel is paused.',
        },
      ],
    },
  },
);

import { defineConfig } from 'vitest/config';

/** Specs of the panel's own logic; what people do with it is tested in a browser, in test/panel. */
export default defineConfig({
  root: import.meta.dirname,
  // Samples of code come from the guides in docs.
  server: { fs: { allow: [`${import.meta.dirname}/../..`] } },
  test: {
    environment: 'happy-dom',
    environmentOptions: { happyDOM: { url: 'http://127.0.0.1/admin/' } },
    globals: true,
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test-setup.ts'],
    // On a machine that is busy; what is awaited is a state, never a time.
    testTimeout: 30_000,
    env: { TZ: 'UTC' },
  },
});

import { defineConfig } from 'vite';

const api = process.env.HELIOGRAPH_API ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: import.meta.dirname,
  base: '/admin/',
  resolve: {
    alias: {
      'object.entries': `${import.meta.dirname}/native/object-entries.cjs`,
      hasown: `${import.meta.dirname}/native/has-own.cjs`,
    },
  },
  // Samples of code come from the guides in docs.
  server: { fs: { allow: [`${import.meta.dirname}/../..`] }, proxy: { '/admin/v1': api, '/v1': api } },
  build: {
    outDir: '../../dist/admin',
    emptyOutDir: true,
    // Read by scripts/admin-sizes.mjs.
    manifest: true,
    target: 'baseline-widely-available',
    // Small files too are files: the policy of the page allows no data: scripts or styles.
    assetsInlineLimit: 0,
    rolldownOptions: {
      // Libraries mark what runs in the browser for servers that render; ours renders nothing.
      onLog: (level, log, write) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && write(level, log),
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler|react-router|react-router-dom)[\\/]/, priority: 30 },
            // Two pages draw charts: one chunk of all of it compresses better than one for each.
            { name: 'charts', test: /node_modules[\\/]@mui[\\/]x-/, priority: 20 },
          ],
        },
      },
    },
  },
});

import { rmSync } from 'node:fs';

// Stale output would be found by globs (migrations, entities) and run.
rmSync('dist', { recursive: true, force: true });

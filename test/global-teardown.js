'use strict';
const fs = require('node:fs');

module.exports = async () => {
  const { dir, postgres, redis } = globalThis.__heliograph;
  redis?.kill('SIGTERM');
  await postgres.destroy();
  fs.rmSync(dir, { recursive: true, force: true });
};

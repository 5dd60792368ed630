import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

describe('waking a lane', () => {
  it('is implemented in one place', () => {
    const root = join(__dirname, '../../../..');
    const copies = globSync('{libs,apps}/*/src/**/*.ts', { cwd: root }).filter((file) =>
      /next_due_at\s*=\s*least\(/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(copies).toEqual(['libs/messaging/src/lanes/lane-waking.repository.ts']);
  });
});

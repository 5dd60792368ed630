import { randomBytes } from 'node:crypto';
import { newId } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { Command } from 'commander';
import { operationsCommands } from '../src/operations-commands';
import { aLane } from '@heliograph/messaging/testing';

describe('the invariant check of the command line', () => {
  let test: TestDatabase;
  const environment = { ...process.env };
  beforeAll(async () => {
    test = await openTestDatabase();
    Object.assign(process.env, { DATABASE_URL: test.url, KEYRING: `k1:${randomBytes(32).toString('base64')}` });
  });
  afterAll(async () => {
    process.env = environment;
    process.exitCode = undefined;
    await test.close();
  });

  async function check(): Promise<{ printed: string; exitCode: typeof process.exitCode }> {
    let printed = '';
    const out = jest.spyOn(process.stdout, 'write').mockImplementation((text) => (printed += String(text)).length > 0);
    try {
      const program = new Command().exitOverride();
      operationsCommands(program);
      await program.parseAsync(['node', 'heliograph', 'check']);
      return { printed, exitCode: process.exitCode };
    } finally {
      out.mockRestore();
      process.exitCode = undefined;
    }
  }

  it('succeeds without violations, or prints them and exits with 1', async () => {
    expect(await check()).toEqual({ printed: '{"ok":true}\n', exitCode: undefined });
    const { sessionId } = await aLane(test.db);
    await test.db.query(`UPDATE lanes SET turn_worker = $1`, [newId()]);
    expect(await check()).toEqual({
      printed: `{"invariant":"lane_of_no_worker","count":1,"examples":["${sessionId}"]}\n`,
      exitCode: 1,
    });
  });
});

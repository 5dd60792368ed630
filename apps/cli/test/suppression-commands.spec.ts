import { randomBytes } from 'node:crypto';
import { hashedAddress } from '@heliograph/contacts';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { Command } from 'commander';
import { suppressionCommands } from '../src/suppression-commands';

describe('the suppressions of all tenants on the command line', () => {
  let test: TestDatabase;
  const environment = { ...process.env };
  beforeAll(async () => {
    test = await openTestDatabase();
    Object.assign(process.env, {
      DATABASE_URL: test.url,
      KEYRING: `k1:${randomBytes(32).toString('base64')}`,
      PUBLIC_URL: 'https://hooks.example.com',
    });
  });
  afterAll(async () => {
    process.env = environment;
    await test.close();
  });

  /** Returns the output of a command. */
  async function run(...words: string[]): Promise<unknown> {
    const printed: string[] = [];
    const out = jest.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
    try {
      const program = new Command().exitOverride();
      suppressionCommands(program);
      await program.parseAsync(['node', 'heliograph', ...words]);
    } finally {
      out.mockRestore();
    }
    return JSON.parse(printed.join(''));
  }
  const listed = () => test.db.query(`SELECT address, note, expires_at FROM agency_suppressions ORDER BY address`);

  it('accept addresses in any spelling and hashed, each once, and remove them again', async () => {
    const hashed = hashedAddress('+447700900102');
    expect(await run('suppression:add', '07700 900101', '+447700900101', hashed, '--note', 'Regulator')).toEqual({ added: 2, known: 0 });
    expect(await run('suppression:add', '+447700900101', '--note', 'Again', '--expires', '2030-01-01T00:00:00Z')).toEqual({
      added: 0,
      known: 1,
    });
    expect(await listed()).toEqual([
      { address: '+447700900101', note: 'Again', expires_at: new Date('2030-01-01T00:00:00Z') },
      { address: hashed, note: 'Regulator', expires_at: null },
    ]);
    expect(await run('suppression:lift', '07700900101', '+44 7700 900102', '+447700900109')).toEqual({ lifted: 2 });
    expect(await listed()).toEqual([]);
  });

  it('stay unchanged when an address is not valid, which is named', async () => {
    await expect(run('suppression:add', '+447700900101', 'Priya')).rejects.toThrow(/1 of 2 addresses are not valid.\n {2}no. 2:/);
    await expect(run('suppression:add', '+447700900101', '--expires', 'soon')).rejects.toThrow('must be ISO 8601');
    expect(await listed()).toEqual([]);
  });
});

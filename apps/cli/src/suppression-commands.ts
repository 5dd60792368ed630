import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { bodies, parseOptions, print, time, withServices } from './context';

/** Addresses per statement. */
const chunkSize = 5_000;
const countryHelp = 'ISO 3166-1 alpha-2 country of national phone numbers';
const addressHelp = 'in any spelling, or sha256:<hex> of the canonical form (+E.164); default: one per line on standard input';

/** Commands for the suppressions of all tenants. */
export function suppressionCommands(program: Command): void {
  program
    .command('suppression:add')
    .description('Suppress addresses for all tenants, including queued messages. Stores all of them, or none when one is not valid.')
    .argument('[address...]', addressHelp)
    .option('--note <text>', 'why')
    .option('--expires <time>', 'ISO 8601 with a zone, in the future', time)
    .option('--country <code>', countryHelp, 'GB')
    .action(async (given: string[], o: { note?: string; expires?: string; country: string }) => {
      const expiresAt = o.expires ? new Date(o.expires) : null;
      if (expiresAt && expiresAt.getTime() <= Date.now()) throw new Error('The time of --expires is in the past.');
      const addresses = await read(given, o.country);
      await withServices(async ({ suppressions }) => {
        let added = 0;
        for (const chunk of chunks(addresses)) added += await suppressions.addForAll(chunk, o.note ?? null, expiresAt);
        print({ added, known: addresses.length - added });
      });
    });

  program
    .command('suppression:lift')
    .description('Remove addresses from the suppressions of all tenants. Suppressions of single tenants stay.')
    .argument('[address...]', addressHelp)
    .option('--country <code>', countryHelp, 'GB')
    .action(async (given: string[], o: { country: string }) => {
      const addresses = await read(given, o.country);
      await withServices(async ({ suppressions }) => {
        let lifted = 0;
        for (const chunk of chunks(addresses)) lifted += await suppressions.liftForAll(chunk);
        print({ lifted });
      });
    });
}

/** @throws with every invalid address, by its number */
async function read(given: string[], country: string): Promise<string[]> {
  const [{ canonicalAddresses }, { AppError }] = await Promise.all([import('@heliograph/contacts'), import('@heliograph/kernel')]);
  const defaultCountry = parseOptions((await bodies()).countryCode, country.toUpperCase(), { '': '--country' });
  const texts = [...given];
  if (texts.length === 0) for await (const line of createInterface({ input: process.stdin })) if (line.trim()) texts.push(line.trim());
  if (texts.length === 0) throw new Error('Name at least one address.');
  try {
    return canonicalAddresses(texts, defaultCountry, 'address');
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const faults = (error.details.errors ?? []).map(({ path, message }) => `  no. ${Number(path.split('/')[1]) + 1}: ${message}`);
    throw new Error(
      [`Nothing was stored: ${faults.length} of ${texts.length} addresses are not valid.`, ...faults.slice(0, 20)].join('\n'),
      {
        cause: error,
      },
    );
  }
}

function chunks(all: string[]): string[][] {
  return Array.from({ length: Math.ceil(all.length / chunkSize) }, (_, i) => all.slice(i * chunkSize, (i + 1) * chunkSize));
}

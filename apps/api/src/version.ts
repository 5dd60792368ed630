import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Version of this installation, from package.json. */
export const { version } = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8')) as { version: string };

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ChaosOptions } from './chaos';

/** Rates with which no answer is lost. */
export const noLosses = { cut: 0, hang: 0, error: 0 } satisfies ChaosOptions['lostAnswers'];
/** Pace to which the ledger of the provider is held. */
export const pace = { windowMs: 1_000, limit: 5 } satisfies ChaosOptions['pace'];

/** Throws where there is no build. `npm test` makes one. */
export function requireBuild(): void {
  if (!existsSync(join('dist', 'apps', 'worker', 'src', 'main.js')))
    throw new Error('Run `npm run build` first: chaos runs the built processes.');
}

import { declareConfig } from '@heliograph/kernel';
import { z } from 'zod';

/** Configuration of the WasenderApi adapter. */
export const providersConfig = declareConfig('Provider (WasenderApi)', {
  WASENDER_BASE_URL: z
    .url({ protocol: /^https?$/ })
    .default('https://www.wasenderapi.com/api')
    .describe('Base URL of WasenderApi, with or without the /api tail.'),
  WASENDER_CONNECTIONS: z.coerce.number().int().min(1).max(1_024).default(256).describe('Connections to the provider a process keeps.'),
  WASENDER_SEND_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .max(120_000)
    .default(25_000)
    .describe('Deadline of a whole send call in ms; a call past it has an unknown outcome.'),
  WASENDER_CONNECT_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(60_000)
    .default(5_000)
    .describe('Deadline of connecting to the provider in ms.'),
});

/** The adapter's part of the validated configuration. */
export type ProvidersConfig = { [K in keyof typeof providersConfig]: z.output<(typeof providersConfig)[K]> };

/** Configuration of the simulator that may stand in for the provider. */
export const simulatorConfig = declareConfig('Simulator', {
  SIMULATOR_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Base URL of the simulator, where WASENDER_BASE_URL leads to one: the panel gets a page that controls it. Unset in production.',
    ),
});

/** The simulator's part of the validated configuration. */
export type SimulatorConfig = { [K in keyof typeof simulatorConfig]: z.output<(typeof simulatorConfig)[K]> };

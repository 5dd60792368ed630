import { declaredConfig, declaredShapes } from './declared-config';
import { ConfigError, type ConfigShape, loadConfig } from './load-config';

/**
 * Returns the validated configuration of a process: of every lib it loads, or of `shapes` alone. A faulty one ends the process before it
 * does anything else, and lists every fault.
 */
export function configOrExit<T>(shapes: ConfigShape[] = declaredShapes()): Readonly<T> {
  try {
    const together = declaredConfig().flatMap((part) => part.together);
    return loadConfig(shapes, undefined, together) as Readonly<T>;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78); // EX_CONFIG
  }
}

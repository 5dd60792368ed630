import { declaredShapes } from './declared-config';
import { ConfigError, type ConfigShape, loadConfig } from './load-config';

/** The validated configuration of a process, of every lib it loads unless `shapes` says less; a faulty one ends it with every fault listed and nothing touched. */
export function configOrExit<T>(shapes: ConfigShape[] = declaredShapes()): Readonly<T> {
  try {
    return loadConfig(shapes) as Readonly<T>;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78); // EX_CONFIG
  }
}

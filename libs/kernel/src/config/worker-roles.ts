import type { Type } from '@nestjs/common';
import { Registry } from './registry';

/** Duties of workers, and the modules that each loads. WORKER_ROLES picks from them. */
export const workerRoles = new Registry<Type>();

/** Marks a module as part of a role: workers that have it load the module. */
export const WorkerRole =
  (role: string): ClassDecorator =>
  (module) =>
    workerRoles.register(role, module as unknown as Type);

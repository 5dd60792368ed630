import type { Type } from '@nestjs/common';
import { Registry } from './registry';

/** Duties of workers, each with the modules that implement it. WORKER_ROLES selects from them. */
export const workerRoles = new Registry<Type>();

/** Registers a module for a role: workers with the role load it. */
export const WorkerRole =
  (role: string): ClassDecorator =>
  (module) =>
    workerRoles.register(role, module as unknown as Type);

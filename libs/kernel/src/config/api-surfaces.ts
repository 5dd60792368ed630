import type { Type } from '@nestjs/common';
import { Registry } from './registry';

/** Parts of the api that a pod may serve, and the modules of each. API_SURFACES picks from them. */
export const apiSurfaces = new Registry<Type>();

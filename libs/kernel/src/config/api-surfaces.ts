import type { Type } from '@nestjs/common';
import { Registry } from './registry';

/** Parts of the API that a pod may serve, each with its modules. API_SURFACES selects from them. */
export const apiSurfaces = new Registry<Type>();

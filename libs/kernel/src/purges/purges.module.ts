import { Module } from '@nestjs/common';
import { Purges } from './purges';

/** Deleting what is old: modules of the role `housekeeping` import it and register their tables. */
@Module({ providers: [Purges], exports: [Purges] })
export class PurgesModule {}

import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DrainService } from './drain.service';

/** Makes `DrainService` injectable everywhere. */
@Global()
@Module({ imports: [DiscoveryModule], providers: [DrainService], exports: [DrainService] })
export class DrainModule {}

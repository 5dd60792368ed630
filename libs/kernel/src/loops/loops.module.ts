import { Global, Module } from '@nestjs/common';
import { Loops } from './loops';

/** Makes `Loops` injectable everywhere. */
@Global()
@Module({ providers: [Loops], exports: [Loops] })
export class LoopsModule {}

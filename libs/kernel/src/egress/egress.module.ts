import { Global, Module } from '@nestjs/common';
import { Egress } from './egress';

/** The only way to call URLs that users supply. */
@Global()
@Module({ providers: [Egress], exports: [Egress] })
export class EgressModule {}

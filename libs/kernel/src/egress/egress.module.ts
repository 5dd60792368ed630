import { Global, Module } from '@nestjs/common';
import { Egress } from './egress';

/** The one door to URLs that users give. */
@Global()
@Module({ providers: [Egress], exports: [Egress] })
export class EgressModule {}

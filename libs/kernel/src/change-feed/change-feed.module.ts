import { Global, Module } from '@nestjs/common';
import { SealedSecrets } from '../crypto/sealed-secrets';
import { ChangeFeed } from './change-feed';

/** The change feed and the key ring, for modules that keep secrets in memory. */
@Global()
@Module({ providers: [ChangeFeed, SealedSecrets], exports: [ChangeFeed, SealedSecrets] })
export class ChangeFeedModule {}

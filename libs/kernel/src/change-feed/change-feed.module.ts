import { Global, Module } from '@nestjs/common';
import { KeyringProof } from '../crypto/keyring-proof';
import { SealedSecrets } from '../crypto/sealed-secrets';
import { SignedValues } from '../crypto/signed-values';
import { ChangeFeed } from './change-feed';

/** The change feed and the key ring, for modules that keep secrets in memory. */
@Global()
@Module({ providers: [ChangeFeed, KeyringProof, SealedSecrets, SignedValues], exports: [ChangeFeed, SealedSecrets, SignedValues] })
export class ChangeFeedModule {}

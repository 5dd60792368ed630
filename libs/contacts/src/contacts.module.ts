import { Module } from '@nestjs/common';
import { AddressPairs } from './address-pairs.repository';
import { Consents } from './consents.repository';
import { Contacts } from './contacts.repository';
import { OptKeywords } from './keywords/opt-keywords.repository';
import { OptOutReviews } from './opt-out-reviews.repository';
import { Subjects } from './subjects.repository';
import { Suppressions } from './suppressions.repository';

const all = [AddressPairs, Contacts, Subjects, Consents, Suppressions, OptKeywords, OptOutReviews];

/** People: addresses, consent, suppression. */
@Module({ providers: all, exports: all })
export class ContactsModule {}

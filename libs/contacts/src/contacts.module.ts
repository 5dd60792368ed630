import { Module } from '@nestjs/common';
import { PurgesModule, WorkerRole } from '@heliograph/kernel';
import { AddressPairs } from './address-pairs.repository';
import { AttributeTypes } from './attribute-types.repository';
import { Consents } from './consents.repository';
import { ContactExport } from './contact-export.repository';
import { ContactEditing } from './contact-editing.repository';
import { Contacts } from './contacts.repository';
import { ContactEditRunner } from './edits/contact-edit-runner';
import { ContactEditSteps } from './edits/contact-edit-steps.repository';
import { ContactEdits } from './edits/contact-edits.repository';
import { ContactLists } from './lists/contact-lists.repository';
import { Segments } from './lists/segments.repository';
import { ContactImportRunner } from './imports/contact-import-runner';
import { ContactImportSteps } from './imports/contact-import-steps.repository';
import { ContactImports } from './imports/contact-imports.repository';
import { ImportUploads } from './imports/import-upload.repository';
import { ImportChunks } from './imports/import-chunks.repository';
import { OptKeywords } from './keywords/opt-keywords.repository';
import { OptOutReviews } from './opt-out-reviews.repository';
import { ContactResolver } from './contact-resolver.repository';
import { NumberAnswers } from './number-answers.repository';
import { SegmentCatalogue } from './selection/segment-catalogue.repository';
import { SegmentCounts } from './selection/segment-counts.repository';
import { Subjects } from './subjects.repository';
import { Suppressions } from './suppressions.repository';

const all = [
  AddressPairs,
  AttributeTypes,
  Contacts,
  ContactEditing,
  ContactEdits,
  ContactExport,
  ContactImports,
  ImportUploads,
  ImportChunks,
  ContactResolver,
  Subjects,
  Consents,
  Suppressions,
  NumberAnswers,
  OptKeywords,
  OptOutReviews,
  SegmentCatalogue,
  SegmentCounts,
  Segments,
  ContactLists,
];

/** Contacts, their addresses, consents and suppressions. */
@Module({ providers: all, exports: all })
export class ContactsModule {}

/** Edits of many contacts, and imports: workers with the role `housekeeping`. */
@WorkerRole('housekeeping')
@Module({
  imports: [PurgesModule],
  providers: [AttributeTypes, Consents, ContactEditSteps, ContactEditRunner, ContactImportSteps, ContactImportRunner],
})
export class ContactsHousekeepingModule {}

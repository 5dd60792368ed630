export { addressesOf, AddressPairs, otherAddresses, personOf, phonesBehind, shownSpellingOf } from './address-pairs.repository';
export { attributeName, storedAttributeName } from './attribute-names';
export { attributeTypes, AttributeTypes, fitAttributes, type TypesByName } from './attribute-types.repository';
export { countriesByCode } from './calling-codes';
export * from './canonical-address';
export { type Consent, type ConsentAction, consentActor, Consents, marketing, type ReportedConsent } from './consents.repository';
export {
  type Contact,
  type ContactAttributes,
  type ContactChanges,
  type ContactHistory,
  contactLimits,
  type ContactMerge,
} from './contact';
export { contactsNamed } from './contact-names.repository';
export * from './contact-editing.repository';
export * from './contact-export.repository';
export * from './contact-history.repository';
export * from './contact-reads.repository';
export { ContactsModule } from './contacts.module';
export * from './contacts.repository';
export {
  type BulkChanges,
  type ContactEdit,
  contactEditStates,
  type ContactSelection,
  type EditedContact,
  type RequestedSelection,
} from './edits/contact-edit';
export * from './edits/contact-edits.repository';
import './contacts.config';
import './contact-records.repository';
export type { ContactsConfig } from './contacts.config';
export { type ContactImport, contactImportStates, importFormats, importSources, refusalReasons } from './imports/contact-import';
export { importUndoHours } from './imports/contact-import-record.repository';
export * from './imports/contact-import-steps.repository';
export { ContactImports, type RefusedRow } from './imports/contact-imports.repository';
export { type ImportPreview, previewRows } from './imports/import-preview';
export { ImportUploads } from './imports/import-upload.repository';
export { declareContactUse, followUndo } from './imports/contact-uses.repository';
export { declareKnownNumbers } from './imports/import-numbers.repository';
export { importColumn, importReading, importSettings } from './imports/import-body';
export { chunkHours, type ImportChunk, ImportChunks } from './imports/import-chunks.repository';
export { importLimits } from './imports/import-limits';
export { importedValuesSql } from './imports/imported-values.repository';
export { ChunkReader } from './imports/chunk-reader';
export {
  type ImportRecipient,
  importRecipient,
  maxChunk,
  recipientImportBody,
  recipientsPerChunk,
  variablesPerChunk,
} from './imports/import-recipients';
export { refusedHead, refusedLines } from './imports/refused-file';
export { sampleFile } from './imports/sample-file';
export { composed, templateVariable } from './variable-names';
export { guardedCell, tagsCell } from './imports/cell-values';
export type { KeywordMatch } from './keywords/keyword-match';
export type { NearMatch } from './keywords/near-match';
export { type ContactList, ContactLists, type ListChange, type ListedPeople, listOf } from './lists/contact-lists.repository';
export { type PeopleUse, registerPeopleUses, usesOf } from './lists/people-uses';
export { type Segment, Segments } from './lists/segments.repository';
export {
  audienceSql,
  holdSources,
  importsWithoutRows,
  mergedSinceSql,
  readAudience,
  type ReadAudience,
  readCutoff,
  type SegmentRules,
  segmentRules,
} from './selection/audiences.repository';
export { addressesOfContact, allAddressesSql } from './selection/contact-fields.repository';
export { comparedSql, holdsFor, lastTimeSql, negated } from './selection/operators.repository';
export { SegmentCatalogue } from './selection/segment-catalogue.repository';
export { leftOutReasons, SegmentCounts, type SelectionCount } from './selection/segment-counts.repository';
export { selectionAreas, type SelectionField, selectionFields, type SelectionPlace } from './selection/selection-fields';
export {
  selectionLimits,
  type SelectionOperator,
  selectionOperators,
  selectionTree,
  type SelectionTree,
  type SelectionValue,
} from './selection/selection-tree';
export { selectionTypes } from './selection/selection-values';
export { readSelection, selectionSql } from './selection/selections.repository';
export { sqlParameters } from './sql-parameters';
export { normaliseKeyword } from './keywords/normalise';
export * from './keywords/opt-keywords.repository';
export { openReviewsOf, type OptOutReview, OptOutReviews, reviewStates } from './opt-out-reviews.repository';
export * from './contact-resolver.repository';
export * from './number-answers.repository';
export { twinOf, withTwins } from './phone-twins';
export * from './phone-twins.repository';
export {
  consentOf,
  isContactGoneSql,
  keepContactsSql,
  lacksConsentSql,
  mergedSql,
  optedOutThroughSql,
  selfSql,
} from './contact-rows.repository';
export { inCountry, normaliseRecipient, type RecipientKind } from './recipient';
export * from './calling-code.repository';
export * from './subjects.repository';
export {
  hashedAddress,
  hasSuppressionsOf,
  type Suppression,
  suppressionOf,
  suppressionReasons,
  Suppressions,
} from './suppressions.repository';
export { importProgressOf } from './imports/import-notices.repository';

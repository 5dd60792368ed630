export type { Person } from './address-book';
export * from './address-pairs.repository';
export {
  type AttributeType,
  attributeTypes,
  AttributeTypes,
  type ContactAttribute,
  fitAttributes,
  type TypesByName,
} from './attribute-types.repository';
export * from './canonical-address';
export * from './consents.repository';
export * from './contact';
export * from './contact-names.repository';
export * from './contact-editing.repository';
export * from './contact-export.repository';
export * from './contacts.module';
export * from './contacts.repository';
export * from './edits/contact-edit';
export * from './edits/contact-edit-steps.repository';
export * from './edits/contact-edits.repository';
export * from './contacts.config';
export * from './imports/contact-import';
export { importUndoHours } from './imports/contact-import-record.repository';
export * from './imports/contact-import-steps.repository';
export * from './imports/contact-imports.repository';
export { declareContactUse, followUndo } from './imports/contact-uses';
export * from './imports/import-body';
export { chunkHours, type ImportChunk, ImportChunks } from './imports/import-chunks.repository';
export { importLimits } from './imports/import-limits';
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
export { composed, templateVariable } from './variable-names';
export { guardedCell, tagsCell } from './imports/cell-values';
export * from './keywords/keyword-match';
export type { NearMatch } from './keywords/near-match';
export {
  type ContactList,
  type ContactListBody,
  ContactLists,
  type ListChange,
  type ListedPeople,
  listOf,
} from './lists/contact-lists.repository';
export { type PeopleUse, registerPeopleUses, usesOf } from './lists/people-uses';
export { type Segment, type SegmentBody, Segments } from './lists/segments.repository';
export {
  type Audience,
  audienceSql,
  mergedSinceSql,
  type PeopleSource,
  randomPlaceSql,
  holdSources,
  readAudience,
  type ReadAudience,
  readCutoff,
  readSource,
  type SegmentRules,
  segmentRules,
} from './selection/audiences.repository';
export { addressesOfContact, allAddressesSql } from './selection/contact-fields.repository';
export { booleanSql, dateSql, idSql, lastTimeSql, negated, numberSql, textSql } from './selection/operators.repository';
export { type CatalogueField, SegmentCatalogue } from './selection/segment-catalogue.repository';
export { type LeftOutReason, leftOutReasons, SegmentCounts, type SelectionCount } from './selection/segment-counts.repository';
export { type SelectionArea, type SelectionField, selectionFields, type SelectionPlace } from './selection/selection-fields';
export {
  selectionLimits,
  type SelectionOperator,
  selectionOperators,
  type SelectionRule,
  selectionTree,
  type SelectionTree,
  type SelectionTreeInput,
  type SelectionValue,
} from './selection/selection-tree';
export { type SelectionType, selectionTypes } from './selection/selection-values';
export { readSelection, type SelectionSql, selectionSql } from './selection/selections.repository';
export { sqlParameters } from './sql-parameters';
export { normaliseKeyword } from './keywords/normalise';
export * from './keywords/opt-keywords.repository';
export type { KeywordSet } from './keywords/shipped-keywords';
export { type NearOptOut, type OptOutReview, OptOutReviews, reviewStates, type ReviewState } from './opt-out-reviews.repository';
export * from './contact-resolver.repository';
export * from './number-answers.repository';
export { twinOf, withTwins } from './phone-twins';
export * from './phone-twins.repository';
export { consentOf, isContactGoneSql } from './contact-rows.repository';
export * from './recipient';
export * from './subjects.repository';
export * from './suppressions.repository';
export { importProgressOf } from './imports/import-notices.repository';

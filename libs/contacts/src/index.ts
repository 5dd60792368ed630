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
export * from './contacts.module';
export * from './contacts.repository';
export * from './edits/contact-edit';
export * from './edits/contact-edit-steps.repository';
export * from './edits/contact-edits.repository';
export * from './keywords/keyword-match';
export type { NearMatch } from './keywords/near-match';
export { normaliseKeyword } from './keywords/normalise';
export * from './keywords/opt-keywords.repository';
export type { KeywordSet } from './keywords/shipped-keywords';
export { type NearOptOut, type OptOutReview, OptOutReviews, reviewStates, type ReviewState } from './opt-out-reviews.repository';
export * from './contact-resolver.repository';
export { twinOf, withTwins } from './phone-twins';
export * from './phone-twins.repository';
export * from './recipient';
export * from './subjects.repository';
export * from './suppressions.repository';

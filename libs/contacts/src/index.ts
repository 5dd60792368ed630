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
export * from './consents.repository';
export * from './contact';
export * from './contact-editing.repository';
export * from './contacts.module';
export * from './contacts.repository';
export * from './edits/contact-edit';
export * from './edits/contact-edit-steps.repository';
export * from './edits/contact-edits.repository';
export * from './keywords/keyword-match';
export { normaliseKeyword } from './keywords/normalise';
export * from './keywords/opt-keywords.repository';
export type { KeywordSet } from './keywords/shipped-keywords';
export * from './people.repository';
export * from './subjects.repository';
export * from './suppressions.repository';

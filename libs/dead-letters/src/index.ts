import './letter-records.repository';

export {
  type CauseGroup,
  type DeadLetter,
  type DeadLetterDetail,
  type DeadLetterFilter,
  type LetterPart,
  letterParts,
  type LetterRepair,
  type LetterStep,
  type OpenedLetter,
  type TakenLetter,
} from './dead-letter';
export { DeadLetters } from './dead-letters.repository';
export { DeadLetterMetricsModule, DeadLettersModule } from './dead-letters.module';
export * from './letter-alerts.repository';
export * from './letter-cares.repository';
export { LetterDecisions } from './letter-decisions';
export * from './letter-handlers';
export { allReasons, declareLetterKind, letterKindName, letterKinds, type Reason, reasonOf } from './letter-kinds';
export { letterVerbs, LetterVerbs, storedLetterFilter } from './letter-verbs';
export * from './letter-conditions.repository';
export { declareLetterPart } from './letter-parts.repository';
export * from './open-letters.repository';

export * from './dead-letter';
export { DeadLetters } from './dead-letters.repository';
export * from './dead-letters.module';
export * from './letter-decisions';
export * from './letter-handlers';
export * from './letter-kinds';
export { letterVerbs, LetterVerbs, storedLetterFilter } from './letter-verbs';
export * from './letter-conditions.repository';
export * from './open-letters.repository';

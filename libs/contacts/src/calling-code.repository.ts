import { callingCodes } from './calling-codes';

/** SQL: the calling code of a phone in canonical form, without the +; null for another address. No calling code is a prefix of another. */
export const callingCodeSql = (address: string): string => `substring(${address} FROM '^\\+(${callingCodes().join('|')})\\d')`;

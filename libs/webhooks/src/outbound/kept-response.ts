import { cleanText } from '@heliograph/kernel';

/** Characters of an answer that the log keeps. */
const mostKept = 4_096;
/** Shorter words are in every text, and are no secrets. */
const shortestSecret = 6;

/**
 * The first of an answer, as the log keeps it: without what cannot be stored as text, and without what the endpoint was
 * given in confidence, which an answer may repeat.
 * @param given values of headers, secrets
 */
export function keptResponse(body: string, given: readonly string[]): string {
  const words = given.flatMap((value) => value.split(/\s+/)).filter((word) => word.length >= shortestSecret);
  const spelled = words.flatMap((word) => {
    const inJson = JSON.stringify(word).slice(1, -1);
    // PHP writes / as \/.
    return [word, inJson, inJson.replaceAll('/', '\\/')];
  });
  return spelled.reduce((text, word) => text.replaceAll(word, '[redacted]'), cleanText(body)).slice(0, mostKept);
}

import { cleanText } from './clean-text';

/** Minimum characters of a secret; shorter words occur in every text. */
const shortestSecret = 6;

/**
 * Returns the start of what another server said, for a log: without characters that cannot be stored and without secrets, which an answer may
 * repeat.
 * @param given secrets, values of headers
 */
export function keptText(text: string, given: readonly string[], maxChars: number): string {
  const words = given.flatMap((value) => value.split(/\s+/)).filter((word) => word.length >= shortestSecret);
  const spelled = words.flatMap((word) => {
    const inJson = JSON.stringify(word).slice(1, -1);
    // PHP writes / as \/.
    return [word, inJson, inJson.replaceAll('/', '\\/')];
  });
  return cleanText(spelled.reduce((kept, word) => kept.replaceAll(word, '[redacted]'), cleanText(text)).slice(0, maxChars));
}

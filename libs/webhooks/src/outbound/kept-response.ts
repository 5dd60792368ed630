import { cleanText } from '@heliograph/kernel';

/** Maximum characters of a response that the log keeps. */
const maxKeptChars = 4_096;
/** Minimum characters of a secret; shorter words occur in every text. */
const shortestSecret = 6;

/**
 * Returns the start of a response for the log, without characters that cannot be stored and without the endpoint's secrets, which a
 * response may repeat.
 * @param given values of headers, secrets
 */
export function keptResponse(body: string, given: readonly string[]): string {
  const words = given.flatMap((value) => value.split(/\s+/)).filter((word) => word.length >= shortestSecret);
  const spelled = words.flatMap((word) => {
    const inJson = JSON.stringify(word).slice(1, -1);
    // PHP writes / as \/.
    return [word, inJson, inJson.replaceAll('/', '\\/')];
  });
  return spelled.reduce((text, word) => text.replaceAll(word, '[redacted]'), cleanText(body)).slice(0, maxKeptChars);
}

/** The name of a language in another one; its code where it has no name. */
export function languageName(code: string, locale: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: 'language' }).of(code) ?? code;
  } catch {
    // A code that no standard knows.
    return code;
  }
}

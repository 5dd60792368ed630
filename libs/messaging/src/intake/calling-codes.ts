import { getCountries, getCountryCallingCode } from 'libphonenumber-js/min';

/** Length of the calling code that begins with these three digits (0: there is none). No calling code begins another one. */
const lengths = new Uint8Array(1_000);
for (const code of new Set([...getCountries().map((country) => String(getCountryCallingCode(country))), ...nonGeographic()])) {
  const span = 10 ** (3 - code.length);
  lengths.fill(code.length, Number(code) * span, (Number(code) + 1) * span);
}

/** Calling codes that belong to no country: international networks and freephone. */
function nonGeographic(): string[] {
  return ['800', '808', '870', '878', '881', '882', '883', '888', '979'];
}

/** Digits of the calling code that `digits` begin with, or 0 when no such code is in use. */
export function callingCodeLength(digits: string): number {
  const first = digits.charCodeAt(0) - 48;
  const second = digits.charCodeAt(1) - 48;
  const third = digits.charCodeAt(2) - 48;
  return lengths[first * 100 + second * 10 + third] ?? 0;
}

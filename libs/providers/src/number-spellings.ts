/**
 * Mobile numbers for which the dialled spelling and the one at WhatsApp differ. Each spelling has one other; both belong to one person.
 * JavaScript and PostgreSQL both run the patterns.
 */
export const twinRules: readonly { from: string; to: string }[] = [
  // Argentina: WhatsApp has a 9 after the calling code of mobiles; people dial 15 or nothing.
  { from: '^\\+549([1-8]\\d{9})$', to: '+54$1' },
  { from: '^\\+54([1-8]\\d{9})$', to: '+549$1' },
  // Mexico: the 1 of mobiles was dropped in 2019; WhatsApp kept it for existing accounts.
  { from: '^\\+521([2-9]\\d{9})$', to: '+52$1' },
  { from: '^\\+52([2-9]\\d{9})$', to: '+521$1' },
  // Brazil: mobiles got a ninth digit; WhatsApp kept eight digits for existing accounts.
  { from: '^\\+55([1-9]{2})9([6-9]\\d{7})$', to: '+55$1$2' },
  { from: '^\\+55([1-9]{2})([6-9]\\d{7})$', to: '+55$19$2' },
  // Benin: prefix 01 since November 2024.
  { from: '^\\+22901([4-9]\\d{7})$', to: '+229$1' },
  { from: '^\\+229([4-9]\\d{7})$', to: '+22901$1' },
  // Ivory Coast: two-digit operator prefix since January 2021.
  { from: '^\\+22501(\\d[0-3]\\d{6})$', to: '+225$1' },
  { from: '^\\+22505(\\d[4-6]\\d{6})$', to: '+225$1' },
  { from: '^\\+22507(\\d[7-9]\\d{6})$', to: '+225$1' },
  { from: '^\\+225(\\d[0-3]\\d{6})$', to: '+22501$1' },
  { from: '^\\+225(\\d[4-6]\\d{6})$', to: '+22505$1' },
  { from: '^\\+225(\\d[7-9]\\d{6})$', to: '+22507$1' },
];
/** Prefixes of numbers with two spellings. */
export const twinPrefixes = ['+52', '+54', '+55', '+22'];
const compiled = twinRules.map(({ from, to }) => ({ from: new RegExp(from), to }));

/** Returns the other spelling of a number, or null; most numbers have none. */
export function twinOf(address: string): string | null {
  if (!twinPrefixes.includes(address.slice(0, 3))) return null;
  const rule = compiled.find(({ from }) => from.test(address));
  return rule ? address.replace(rule.from, rule.to) : null;
}

/** Returns the addresses and their other spellings. */
export function withTwins(addresses: readonly string[]): string[] {
  return [...new Set(addresses.flatMap((address) => [address, twinOf(address) ?? address]))];
}

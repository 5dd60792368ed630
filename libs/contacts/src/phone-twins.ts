/** Rules of the provider's numbers; its answers are compared by the same. */
export { twinOf, twinPrefixes, twinRules, withTwins } from '@heliograph/providers';

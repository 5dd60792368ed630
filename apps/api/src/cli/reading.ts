export { AppError } from '@heliograph/kernel';
export { canonicalAddresses } from '../contacts/addresses';

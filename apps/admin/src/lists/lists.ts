import type { components } from '../providers/api-types';

export type ContactList = components['schemas']['ContactList'];
export type ListChange = components['schemas']['ContactListChange'];

/** Key of the queries of lists. */
export const listKey = ['contact_lists'];

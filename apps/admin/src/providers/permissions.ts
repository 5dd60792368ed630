import type { Permission } from './me';

/** Kinds of rights, in the order they are shown: to send stands apart from to edit. */
export const permissionGroups = ['send', 'edit', 'read'] as const;
export type PermissionGroup = (typeof permissionGroups)[number];

const sending: readonly Permission[] = ['messages:write', 'campaigns:launch', 'conversations:write', 'events:write'];

/** Returns the kind of a right. */
export function groupOf(permission: Permission): PermissionGroup {
  if (sending.includes(permission)) return 'send';
  return /:(read|bodies)$/.test(permission) ? 'read' : 'edit';
}

/** Key of the words of a right. */
export const wordsOf = (permission: Permission): string => `permission.${permission.replace(':', '.')}`;

/** Words of boxes with a text to copy, and of rights. */
export const access = {
  copy_box: { copy: 'Copy: %{name}' },
  form: {
    unsaved: 'Leave without saving?',
    unsaved_text: 'What you typed here is not saved.',
    leave_page: 'Leave and lose it',
    stay: 'Stay here',
    leave: 'Change nothing',
    choices: 'Choices',
    changed: 'Somebody else changed this meanwhile. Close this panel and open it again to see the change.',
    newer: 'Somebody else saved a newer version.',
    newer_text: 'Yours is still here, and not saved.',
    take_theirs: 'Load their version',
    keep_mine: 'Keep mine to save over it',
  },
  permission: {
    messages: {
      write: 'Send and cancel messages',
      read: 'Read messages, groups and timelines',
    },
    sessions: {
      manage: 'Link, pause and limit numbers; provider accounts; cap pools',
      read: 'Read numbers and their limits',
    },
    callbacks: {
      manage: 'Create, test and replay endpoints',
      read: 'Read endpoints and deliveries, without bodies',
      bodies: 'See bodies of deliveries, which hold texts and numbers of people',
    },
    contacts: {
      manage: 'Change contacts, consents and suppressions',
      read: 'Read contacts, consents and suppressions',
    },
    conversations: {
      read: 'Read conversations',
      write: 'Answer in conversations, and mark them read',
    },
    events: {
      manage: 'Change event types and rules; replay events',
      read: 'Read events, types and rules',
      write: 'Report events, which can send messages by rules',
    },
    campaigns: {
      launch: 'Launch, pause and cancel campaigns',
      manage: 'Write templates and campaigns',
      read: 'Read templates, campaigns and results',
    },
    dead_letters: {
      manage: 'Redrive, discard and purge dead letters',
      read: 'Read and export dead letters',
    },
    keys: {
      manage: 'Create, rotate and revoke API keys, with at most its own rights',
    },
    tenant: {
      manage: 'Change name and settings of the client',
    },
    overview: {
      read: 'Read the overview',
    },
    tenants: {
      read: 'See clients',
      manage: 'Add, rename, suspend and resume clients',
    },
    staff: {
      read: 'See users and roles',
      manage: 'Invite people, change roles, end access',
    },
    audit: {
      read: 'Read the audit log',
    },
    settings: {
      manage: 'Change settings of the installation',
    },
  },
  permission_group: { send: 'Send', edit: 'Edit', read: 'Read' },
};

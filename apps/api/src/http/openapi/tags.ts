/** Areas of the API, each with a one-sentence description. */
export const tags = {
  messages: 'Send one or many messages, retrieve them and cancel them.',
  channels: 'List the WhatsApp channels that sessions post to or follow.',
  'dead letters': 'Review work that needs a person, and redrive or discard it.',
  jobs: 'Follow and cancel the jobs that bulk verbs start.',
  callbacks: 'Manage the endpoints that receive callbacks, and replay callbacks.',
  events: 'Send events of the core application, and manage the rules that create messages from them.',
  contacts: 'Manage people, their addresses, attributes, tags and consents.',
  suppressions: 'Manage suppressed addresses, opt-out keywords and messages that may be opt-outs.',
  conversations: 'Read what people write and answer it.',
  sessions: 'Register, link and delete WhatsApp numbers, and set their sending limits.',
  routing: 'Find out which session a message would use.',
  tenant: 'Retrieve and update the settings of the tenant.',
  'api keys': 'Create, list and revoke API keys.',
  'provider accounts': 'Register the provider accounts that sessions belong to.',
  staff: 'Sign in people of the agency, and manage them, their roles and their tenants.',
  hooks: 'Receive hooks of the provider.',
} as const;

/** Areas of the api, each in a sentence. */
export const tags = {
  messages: 'Send messages, one or many, look them up and take them back.',
  channels: 'List the WhatsApp channels that sessions have posted to or heard.',
  'dead letters': 'Look at work that needs a person, and send it on or put it away.',
  callbacks: 'Manage the endpoints that are told what happens, and replay what they were told.',
  events: 'Report what happened in the core application, and manage the rules that make messages of it.',
  contacts: 'Keep people, their addresses, attributes, tags and consents.',
  suppressions: 'Manage who is not written to, the words that opt out and the opt-outs that need a look.',
  conversations: 'Read what people write and answer it.',
  sessions: 'Register, link and end WhatsApp numbers, and set how fast they send.',
  routing: 'Ask which session a message would go through.',
  tenant: 'Read and change the settings of the tenant.',
  'api keys': 'Make, list and revoke API keys.',
  'provider accounts': 'Register the accounts at the provider that sessions belong to.',
  staff: 'Sign people of the agency in, and manage them, their roles and the tenants they see.',
  hooks: 'Take what the provider reports.',
} as const;

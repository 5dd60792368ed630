/** Classes of messages, most urgent first. The position of a class is stored. */
export const messageClasses = ['transactional', 'reply', 'drip', 'broadcast'] as const;
export type MessageClass = (typeof messageClasses)[number];

/** Returns the stored position of a class. */
export function classRank(name: MessageClass): number {
  return messageClasses.indexOf(name);
}

/** Returns the class stored as this position. */
export function classOfRank(rank: number): MessageClass {
  return messageClasses[rank] as MessageClass;
}

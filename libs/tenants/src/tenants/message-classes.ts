/** Classes of messages, most urgent first; the position is what is stored of a class. */
export const messageClasses = ['transactional', 'reply', 'drip', 'broadcast'] as const;
export type MessageClass = (typeof messageClasses)[number];

/** The position of a class, as stored. */
export function classRank(name: MessageClass): number {
  return messageClasses.indexOf(name);
}

/** The class that is stored as this position. */
export function classOfRank(rank: number): MessageClass {
  return messageClasses[rank] as MessageClass;
}

/** Facts about a client that tick the steps to its first message. */
export interface FirstRunData {
  /** A client is there. */
  hasClient: boolean;
  /** A phone was linked to a number, now or before. */
  hasNumber: boolean;
  /** A message was accepted. */
  hasMessage: boolean;
  /** An endpoint for callbacks is there. */
  hasEndpoint: boolean;
}

export const stepNames = ['client', 'number', 'message', 'endpoint'] as const;
export type StepName = (typeof stepNames)[number];

/** A step of the guide: done, to be done now, or later. */
export interface Step {
  name: StepName;
  state: 'done' | 'now' | 'later';
}

/** Steps of the guide with their state. The first one that the data do not show as done is the one for now. */
export function stepsOf({ hasClient, hasNumber, hasMessage, hasEndpoint }: FirstRunData): Step[] {
  const done: Record<StepName, boolean> = { client: hasClient, number: hasNumber, message: hasMessage, endpoint: hasEndpoint };
  const now = stepNames.find((name) => !done[name]);
  return stepNames.map((name) => ({ name, state: done[name] ? 'done' : name === now ? 'now' : 'later' }));
}

/** True when nothing is left to do. */
export const isFinished = (steps: Step[]): boolean => steps.every(({ state }) => state === 'done');

import { arrows } from '../src/message-states';

/** Returns the arrows of a message's life as a Mermaid state diagram, as docs/ARCHITECTURE.md shows them. */
export function stateChart(): string {
  return [
    'stateDiagram-v2',
    '    [*] --> scheduled: send_at ahead',
    '    [*] --> queued',
    ...arrows.map(({ from, to, by }) => `    ${from} --> ${to}: ${by.join(', ')}`),
  ].join('\n');
}

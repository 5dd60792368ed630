import { Fragment } from 'react';

/** A sentence of the language in which `**words**` weigh more. */
export function Rich({ children }: { children: string }) {
  return children.split('**').map((part, at) => (at % 2 === 1 ? <b key={at}>{part}</b> : <Fragment key={at}>{part}</Fragment>));
}

import type { ReactNode } from 'react';

/** A part of a text: plain, or formatted with the parts inside. */
export type TextPart = string | { style: 'bold' | 'italic' | 'strike' | 'mono' | 'link'; parts: TextPart[] };

const styles = { '*': 'bold', _: 'italic', '~': 'strike' } as const;
/** Marks count at the edge of a word, around text that does not begin or end with a space, within a line. */
const marked = /(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]*?[^\s])\1(?![\p{L}\p{N}])/u;
const link = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/;

/** Reads a text as WhatsApp formats it: *bold*, _italic_, ~strike~, ```mono```, and addresses. */
export function readText(text: string): TextPart[] {
  return text
    .split(/(```[\s\S]+?```)/)
    .flatMap((part, at) => (at % 2 === 1 ? [{ style: 'mono' as const, parts: [part.slice(3, -3)] }] : readLine(part)));
}

function readLine(text: string): TextPart[] {
  const address = link.exec(text);
  const mark = marked.exec(text);
  if (address && (!mark || address.index <= mark.index))
    return joined(
      readLine(text.slice(0, address.index)),
      { style: 'link', parts: [address[0]] },
      readLine(text.slice(address.index + address[0].length)),
    );
  if (!mark) return text === '' ? [] : [text];
  const [whole, sign, inner] = mark as unknown as [string, keyof typeof styles, string];
  return joined(
    readLine(text.slice(0, mark.index)),
    { style: styles[sign], parts: readLine(inner) },
    readLine(text.slice(mark.index + whole.length)),
  );
}

const joined = (before: TextPart[], part: TextPart, after: TextPart[]): TextPart[] => [...before, part, ...after];

/** A text as WhatsApp shows it. */
export function WhatsAppText({ text }: { text: string }) {
  return <>{readText(text).map(shown)}</>;
}

function shown(part: TextPart, at: number): ReactNode {
  if (typeof part === 'string') return <span key={at}>{part}</span>;
  const inner = part.parts.map(shown);
  switch (part.style) {
    case 'bold':
      return <b key={at}>{inner}</b>;
    case 'italic':
      return <i key={at}>{inner}</i>;
    case 'strike':
      return <s key={at}>{inner}</s>;
    case 'mono':
      return (
        <code key={at} className="mono">
          {inner}
        </code>
      );
    case 'link':
      return (
        <span key={at} className="phone-link">
          {inner}
        </span>
      );
  }
}

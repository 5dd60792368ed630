import { useTranslate } from 'react-admin';
import { groupedPhone } from './values';

/** A name or a text that somebody else wrote: plain text, in its own direction, which ends with it. */
export function Words({ children, className }: { children: string; className?: string }) {
  return (
    <bdi dir="auto" className={className}>
      {children}
    </bdi>
  );
}

/** Characters that show nothing. */
const invisible = /[\p{Cc}\p{Cf}\p{Z}\s\u115f\u1160\u3164\uffa0\u2800]+/gu;

/** The name of a person on one line, or else the address. */
export function PersonName({ name, address }: { name: string | null | undefined; address: string | null | undefined }) {
  const translate = useTranslate();
  if (name?.replace(invisible, '')) return <Words className="person cut">{name}</Words>;
  if (address)
    return (
      <bdi dir="ltr" className="person cut num">
        {groupedPhone(address)}
      </bdi>
    );
  return <span className="person mute">{translate('contacts.nameless')}</span>;
}

/** A name for titles and sentences, where no markup can stand: without characters that turn or hide the text around it. */
export function plainName(name: string | null | undefined, address: string | null | undefined): string {
  const shown = name?.replace(invisible, ' ').trim();
  return shown || (address ? groupedPhone(address) : '');
}

/** Tags, the first few of many. */
export function Tags({ of, max = 3 }: { of: string[]; max?: number }) {
  const translate = useTranslate();
  if (of.length === 0) return null;
  return (
    <span className="tags">
      {of.slice(0, max).map((tag) => (
        <Words key={tag} className="word-tag cut">
          {tag}
        </Words>
      ))}
      {of.length > max && (
        <span className="small mute" title={of.slice(max).join(', ')}>
          {translate('contacts.more_tags', { count: of.length - max })}
        </span>
      )}
    </span>
  );
}

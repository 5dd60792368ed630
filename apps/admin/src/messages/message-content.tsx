import AttachFileOutlined from '@mui/icons-material/AttachFileOutlined';
import { useTranslate } from 'react-admin';
import type { components } from '../providers/api-types';

type Vote = components['schemas']['Message']['votes'][number];

/** Members of the kinds of content, as the API takes them. */
interface Content {
  type: string;
  text?: string;
  url?: string;
  caption?: string;
  view_once?: boolean;
  file_name?: string;
  name?: string;
  phone?: string;
  latitude?: number;
  longitude?: number;
  address?: string;
  question?: string;
  options?: string[];
}

/** Content of a message as its reader sees it: a bubble of text, file, place, person or poll. */
export function MessageContent({ message, votes }: { message: unknown; votes: Vote[] }) {
  const translate = useTranslate();
  const content = (message as { content?: Content } | null)?.content;
  return (
    <div className="bubble-ground">
      {content ? (
        <div className="bubble" dir="auto">
          <Body content={content} votes={votes} />
        </div>
      ) : (
        <span className="small mute">{translate('message_page.no_content')}</span>
      )}
    </div>
  );
}

function Body({ content, votes }: { content: Content; votes: Vote[] }) {
  const translate = useTranslate();
  const { type, url, caption, text, question, options } = content;
  if (text) return text;
  if (question)
    return (
      <>
        <b>{question}</b>
        <ul className="poll">
          {options?.map((option) => (
            <li key={option}>
              <span className="cut">{option}</span>
              <span className="num mute nowrap">
                {translate('message_page.vote_count', { smart_count: votes.filter((vote) => vote.options.includes(option)).length })}
              </span>
            </li>
          ))}
        </ul>
      </>
    );
  if (content.latitude !== undefined && content.longitude !== undefined)
    return (
      <>
        {content.name && <b>{content.name}</b>} {content.address}
        <div className="mono">
          <bdi dir="ltr">
            {content.latitude}, {content.longitude}
          </bdi>
        </div>
      </>
    );
  if (content.phone)
    return (
      <>
        <b>{content.name}</b> <bdi dir="ltr">{content.phone}</bdi>
      </>
    );
  return (
    <>
      <div className="row media">
        <AttachFileOutlined sx={{ fontSize: 16 }} />
        <b>{translate(`type.${type}`)}</b>
        {url && (
          <a className="linked" href={url} target="_blank" rel="noreferrer noopener" aria-label={translate('message_page.opens_media')}>
            {content.file_name ?? fileOf(url)}
          </a>
        )}
      </div>
      {caption && <div>{caption}</div>}
      {content.view_once && <div className="small mute">{translate('message_page.view_once')}</div>}
    </>
  );
}

function fileOf(address: string): string {
  const path = address.split(/[?#]/)[0] ?? address;
  return path.slice(path.lastIndexOf('/') + 1) || address;
}

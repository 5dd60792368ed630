import AttachFileOutlined from '@mui/icons-material/AttachFileOutlined';
import AudiotrackOutlined from '@mui/icons-material/MicOutlined';
import ContactsOutlined from '@mui/icons-material/PersonOutlined';
import EmojiEmotionsOutlined from '@mui/icons-material/EmojiEmotionsOutlined';
import ImageOutlined from '@mui/icons-material/ImageOutlined';
import PlaceOutlined from '@mui/icons-material/PlaceOutlined';
import PollOutlined from '@mui/icons-material/PollOutlined';
import VideocamOutlined from '@mui/icons-material/VideocamOutlined';
import type { ComponentType } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { Words } from '../parts/person-text';
import { StateChip } from '../parts/state-chip';
import { groupedPhone, Time } from '../parts/values';
import './entries.css';

/** Contents of a bubble, made from an entry of a conversation or from a line of a contact's timeline. */
export interface Said {
  id: string;
  at: string;
  direction: 'in' | 'out';
  type: string | null;
  text: string | null;
  isEdited: boolean;
  isDeleted: boolean;
  /** Name and address of the author within a group. */
  author?: { name: string | null; address: string } | null;
  /** Our message. */
  messageId: string | null;
  state: string | null;
  /** Name of who answered. */
  by?: string | null;
  /** Our message that it answers. */
  answersId: string | null;
  /** The number that it went through. */
  number?: string | undefined;
  reactions: { emoji: string }[];
}

const icons: Record<string, ComponentType> = {
  image: ImageOutlined,
  video: VideocamOutlined,
  audio: AudiotrackOutlined,
  sticker: EmojiEmotionsOutlined,
  location: PlaceOutlined,
  contact: ContactsOutlined,
  poll: PollOutlined,
};
/** Kinds that are their text alone. */
const plain = ['text', 'reply'];

/** One message as a bubble. All of it that a person wrote is text: a link in it is not one to click. */
export function Bubble({ said }: { said: Said }) {
  const translate = useTranslate();
  const { at, direction, type, text, isEdited, isDeleted, author, messageId, state, by, answersId, number, reactions } = said;
  const Icon = type && !plain.includes(type) ? (icons[type] ?? AttachFileOutlined) : null;
  const isMine = direction === 'out';
  return (
    <div className={`said ${direction}`}>
      <span className="hidden">{translate(isMine ? 'conversation.we_said' : 'conversation.they_said')}</span>
      {author && (
        <span className="small author">
          {author.name && <Words className="cut">{author.name}</Words>}{' '}
          <bdi dir="ltr" className="mute nowrap">
            {groupedPhone(author.address)}
          </bdi>
        </span>
      )}
      <div className={`bubble ${isMine ? 'out' : 'in'}`}>
        {answersId && (
          <Link className="linked small" to={`/messages/${answersId}`}>
            {translate('conversation.answers_ours')}
          </Link>
        )}
        {Icon && (
          <span className="row media">
            <Icon />
            <b>{translate(`type.${type}`, { _: type ?? '' })}</b>
          </span>
        )}
        {isDeleted ? (
          <i className="mute">{translate('conversation.deleted')}</i>
        ) : (
          text !== null && text !== '' && <div dir="auto">{text}</div>
        )}
        {!isDeleted && (text === null || text === '') && !Icon && <i className="mute">{translate('conversation.no_text')}</i>}
      </div>
      {reactions.length > 0 && (
        <span className="reactions" aria-label={translate('conversation.reactions')}>
          {reactions.map(({ emoji }, index) => (
            <bdi key={index} className="cut">
              {emoji}
            </bdi>
          ))}
        </span>
      )}
      <span className="small mute under">
        <Time at={at} />
        {isEdited && <span>{translate('conversation.edited')}</span>}
        {by && <Words className="cut">{by}</Words>}
        {number && <Words className="cut">{number}</Words>}
        {messageId && (
          <Link className="plain" to={`/messages/${messageId}`}>
            {state ? <StateChip kind="message" state={state} bare /> : translate('conversation.open_message')}
          </Link>
        )}
      </span>
    </div>
  );
}

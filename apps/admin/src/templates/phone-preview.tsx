import ArticleOutlined from '@mui/icons-material/ArticleOutlined';
import DarkModeOutlined from '@mui/icons-material/DarkModeOutlined';
import ImageOutlined from '@mui/icons-material/ImageOutlined';
import LightModeOutlined from '@mui/icons-material/LightModeOutlined';
import MovieOutlined from '@mui/icons-material/MovieOutlined';
import PersonOutlined from '@mui/icons-material/PersonOutlined';
import PlaceOutlined from '@mui/icons-material/PlaceOutlined';
import VolumeUpOutlined from '@mui/icons-material/VolumeUpOutlined';
import { IconButton, Tooltip } from '@mui/material';
import { type ComponentType, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useThemeMode } from '../theme/mode';
import type { Media } from './templates';
import { WhatsAppText } from './whatsapp-text';
import './templates.css';

/** Code points after which WhatsApp folds a text. */
const foldsAt = 768;
const icons: Record<string, ComponentType> = {
  image: ImageOutlined,
  video: MovieOutlined,
  document: ArticleOutlined,
  audio: VolumeUpOutlined,
};

type ShownFile = Pick<Media, 'kind' | 'url' | 'name'>;

/** A message on a phone, light or dark whatever the panel is. */
export function PhonePreview({ body, file }: { body: Record<string, unknown>; file?: ShownFile | undefined }) {
  const translate = useTranslate();
  const [mode] = useThemeMode();
  const [chosen, setChosen] = useState<'light' | 'dark' | null>(null);
  const look = chosen ?? mode;
  const Icon = look === 'dark' ? LightModeOutlined : DarkModeOutlined;
  const other = look === 'dark' ? 'light' : 'dark';
  return (
    <div className="phone" data-look={look}>
      <div className="phone-head">
        <span className="small">{translate('templates.phone')}</span>
        <Tooltip title={translate(`templates.phone_${other}`)}>
          <IconButton aria-label={translate(`templates.phone_${other}`)} onClick={() => setChosen(other)}>
            <Icon />
          </IconButton>
        </Tooltip>
      </div>
      <div className="phone-bubble">
        <div dir="auto">
          <Content body={body} file={file} />
        </div>
      </div>
    </div>
  );
}

function Content({ body, file }: { body: Record<string, unknown>; file?: ShownFile | undefined }) {
  const translate = useTranslate();
  const { type, text, caption, name, address, phone, question, options, latitude, longitude, file_name } = body as Record<
    string,
    string
  > & {
    options?: string[];
  };
  switch (type) {
    case 'text':
      return <Folded text={text ?? ''} />;
    case 'location':
      return (
        <>
          <Line icon={PlaceOutlined}>
            <b>{name || translate('type.location')}</b>
          </Line>
          {address && <div>{address}</div>}
          <bdi dir="ltr" className="mono">
            {latitude}, {longitude}
          </bdi>
        </>
      );
    case 'contact':
      return (
        <Line icon={PersonOutlined}>
          <b>{name}</b>{' '}
          <bdi dir="ltr" className="num">
            {phone}
          </bdi>
        </Line>
      );
    case 'poll':
      return (
        <>
          <b>{question}</b>
          <ul className="phone-poll">
            {options?.map((option, at) => (
              <li key={at}>{option}</li>
            ))}
          </ul>
        </>
      );
    default:
      return (
        <>
          {type === 'image' && file?.kind === 'image' ? (
            <img className="phone-image" src={new URL(file.url).pathname} alt={file.name} />
          ) : (
            <Line icon={icons[type ?? ''] ?? ArticleOutlined}>
              <span className="cut">{file_name || file?.name || translate(`type.${type ?? 'document'}`)}</span>
            </Line>
          )}
          {caption && <Folded text={caption} />}
        </>
      );
  }
}

function Line({ icon: Icon, children }: { icon: ComponentType; children: React.ReactNode }) {
  return (
    <div className="row phone-line">
      <Icon />
      <span>{children}</span>
    </div>
  );
}

/** A text that WhatsApp folds when it is long. */
function Folded({ text }: { text: string }) {
  const translate = useTranslate();
  const [isOpen, setOpen] = useState(false);
  const points = [...text];
  const isLong = points.length > foldsAt;
  return (
    <div>
      <WhatsAppText text={isLong && !isOpen ? `${points.slice(0, foldsAt).join('')}… ` : text} />
      {isLong && (
        <button type="button" className="phone-link plain-button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {translate(isOpen ? 'templates.fold' : 'templates.read_more')}
        </button>
      )}
    </div>
  );
}

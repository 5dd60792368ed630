import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Tagged, tagged, useMay } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';

export type Template = components['schemas']['Template'];
export type Preview = components['schemas']['TemplatePreview'];
export type Media = components['schemas']['Media'];
type Body = components['schemas']['CreateTemplate'];
type Content = Body['content'];

/** Types of content, in the order in which they are offered. */
export const contentTypes = ['text', 'image', 'video', 'document', 'audio', 'location', 'contact', 'poll'] as const;
export type ContentType = (typeof contentTypes)[number];
/** Types that send a file. */
export const fileTypes: readonly ContentType[] = ['image', 'video', 'document', 'audio'];

/** A content as it is typed: the members of all types, so that nothing is lost when the type changes. */
export interface ContentDraft {
  type: ContentType;
  /** The text, or the caption. */
  text: string;
  variants: string[];
  mediaId: string | null;
  url: string;
  fileName: string;
  viewOnce: boolean;
  latitude: string;
  longitude: string;
  name: string;
  address: string;
  phone: string;
  question: string;
  options: string[];
  multiSelect: boolean;
}

/** A template as it is typed. */
export interface TemplateDraft {
  name: string;
  language: string;
  content: ContentDraft;
  languages: { key: number; language: string; content: ContentDraft }[];
  defaults: Record<string, string>;
}

export const emptyContent: ContentDraft = {
  type: 'text',
  text: '',
  variants: [],
  mediaId: null,
  url: '',
  fileName: '',
  viewOnce: false,
  latitude: '',
  longitude: '',
  name: '',
  address: '',
  phone: '',
  question: '',
  options: ['', ''],
  multiSelect: false,
};

export const emptyTemplate = (language: string): TemplateDraft => ({
  name: '',
  language,
  content: emptyContent,
  languages: [],
  defaults: {},
});

/** Members of a content that the api may return. */
type AnyContent = { type: ContentType } & Partial<{
  text: string;
  caption: string;
  variants: string[];
  media_id: string;
  url: string;
  file_name: string;
  view_once: boolean;
  latitude: number;
  longitude: number;
  name: string;
  address: string;
  phone: string;
  question: string;
  options: string[];
  multi_select: boolean;
}>;

function contentDraftOf(content: Template['content']): ContentDraft {
  const one = content as AnyContent;
  return {
    type: one.type,
    text: one.text ?? one.caption ?? '',
    variants: one.variants ?? [],
    mediaId: one.media_id ?? null,
    url: one.url ?? '',
    fileName: one.file_name ?? '',
    viewOnce: one.view_once ?? false,
    latitude: one.latitude?.toString() ?? '',
    longitude: one.longitude?.toString() ?? '',
    name: one.name ?? '',
    address: one.address ?? '',
    phone: one.phone ?? '',
    question: one.question ?? '',
    options: one.options ?? ['', ''],
    multiSelect: one.multi_select ?? false,
  };
}

/** A stored template as the form shows it. */
export const draftOf = ({ name, language, content, languages, defaults }: Template): TemplateDraft => ({
  name,
  language,
  content: contentDraftOf(content),
  languages: languages.map((one, key) => ({ key, language: one.language, content: contentDraftOf(one.content) })),
  defaults,
});

/** A content as the api takes it. What is not filled in is left out, and the api says what is missing. */
export function contentOf(draft: ContentDraft): Content {
  const { type, text, variants, mediaId, url, fileName, viewOnce } = draft;
  const others = variants.filter((one) => one.trim() !== '');
  const file = mediaId ? { media_id: mediaId } : url ? { url } : {};
  switch (type) {
    case 'text':
      return { type, text, variants: others };
    case 'image':
    case 'video':
      return { type, ...file, ...(text.trim() && { caption: text, variants: others }), ...(viewOnce && { view_once: true }) } as Content;
    case 'document':
      return {
        type,
        ...file,
        ...(text.trim() && { caption: text, variants: others }),
        ...(fileName && { file_name: fileName }),
      } as Content;
    case 'audio':
      return { type, ...file, ...(viewOnce && { view_once: true }) };
    case 'location':
      return {
        type,
        latitude: numberOf(draft.latitude),
        longitude: numberOf(draft.longitude),
        ...(draft.name.trim() && { name: draft.name }),
        ...(draft.address.trim() && { address: draft.address }),
      } as Content;
    case 'contact':
      return { type, name: draft.name, phone: draft.phone };
    case 'poll':
      return {
        type,
        question: draft.question,
        options: draft.options.filter((one) => one.trim() !== ''),
        ...(draft.multiSelect && { multi_select: true }),
      };
  }
}

/** True when a content has what its type cannot do without. */
function isWhole({ type, text, mediaId, url, latitude, longitude, name, phone, question, options }: ContentDraft): boolean {
  const isGiven = (value: string): boolean => value.trim() !== '';
  switch (type) {
    case 'text':
      return isGiven(text);
    case 'location':
      return numberOf(latitude) !== null && numberOf(longitude) !== null;
    case 'contact':
      return isGiven(name) && isGiven(phone);
    case 'poll':
      return isGiven(question) && options.filter(isGiven).length >= 2;
    default:
      return mediaId !== null || isGiven(url);
  }
}

/** A number as it is typed, with a point or a comma; null: none. */
function numberOf(text: string): number | null {
  const value = Number(text.trim().replace(',', '.'));
  return text.trim() === '' || Number.isNaN(value) ? null : value;
}

/** A template as the api takes it. */
export const bodyOf = ({ name, language, content, languages, defaults }: TemplateDraft): Body => ({
  name,
  language,
  content: contentOf(content),
  languages: languages.map((one) => ({ language: one.language, content: contentOf(one.content) })),
  defaults: Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== '')),
});

/** The words of a content, for a list: its text, or what stands for it. */
export function wordsOf(content: Template['content']): string {
  const { text, caption, question, name, url } = content as AnyContent;
  return text ?? caption ?? question ?? name ?? url ?? '';
}

/** Every text of a version by its place, for the comparison of two versions. */
export function textsOf(version: Template): [place: string, text: string][] {
  const of = (place: string, content: Template['content']): [string, string][] =>
    Object.entries(content as Record<string, unknown>).flatMap(([member, value]): [string, string][] =>
      Array.isArray(value)
        ? (value as string[]).map((one, at): [string, string] => [`${place} ${member} ${at + 1}`, one])
        : [[`${place} ${member}`, String(value)]],
    );
  return [
    ['name', version.name],
    ['language', version.language],
    ...of(version.language, version.content),
    ...version.languages.flatMap((one) => of(one.language, one.content)),
    ...Object.entries(version.defaults).map(([name, value]): [string, string] => [`= ${name}`, value]),
  ];
}

/** Key of the query of a template. */
export const templateKey = (tenant: string | null, id: string) => ['templates', tenant, id];

/** A template with its tag for If-Match. */
export function useTemplate(id: string) {
  const tenant = useTenant();
  return useQuery<Tagged<Template>, ApiError>({
    queryKey: templateKey(tenant, id),
    queryFn: ({ signal }) => tagged(api.GET('/v1/templates/{id}', { params: { path: { id } }, signal })),
    enabled: tenant !== null,
  });
}

/** The newest templates whose name has a text in it. */
export function useTemplates(typed: string) {
  const tenant = useTenant();
  const name = typed.trim();
  return useQuery<Template[], ApiError>({
    queryKey: ['templates', 'all', tenant, name],
    queryFn: async ({ signal }) =>
      (await ok(api.GET('/v1/templates', { params: { query: { limit: 200, ...(name !== '' && { name }) } }, signal }))).data,
    enabled: tenant !== null,
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });
}

/** A template in one version; null: the newest. */
export function useTemplateVersion(id: string | null, version: number | null) {
  const tenant = useTenant();
  return useQuery<Template, ApiError>({
    queryKey: ['templates', 'version', tenant, id, version],
    queryFn: ({ signal }) =>
      ok(api.GET('/v1/templates/{id}', { params: { path: { id: id ?? '' }, query: version === null ? {} : { version } }, signal })),
    enabled: tenant !== null && id !== null,
    staleTime: 15_000,
  });
}

/** For whom a preview is made. */
export interface PreviewAsk {
  draft: TemplateDraft;
  contactId: string | null;
  language: string | null;
  wording: number;
  values: Record<string, string>;
}

/** The template as a recipient would get it. The last preview stays while the next one is made. */
export function usePreview({ draft, contactId, language, wording, values }: PreviewAsk) {
  const tenant = useTenant();
  const { name: _, ...template } = bodyOf(draft);
  const body = {
    template,
    wording,
    variables: Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== '')),
    ...(contactId && { contact_id: contactId }),
    ...(language && { language }),
  };
  return useQuery<Preview, ApiError>({
    queryKey: ['template-preview', tenant, body],
    queryFn: ({ signal }) => ok(api.POST('/v1/templates/preview', { body, signal })),
    enabled: tenant !== null && [draft.content, ...draft.languages.map((one) => one.content)].every(isWhole),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
}

/** One file of the media store. */
export function useMedia(id: string | null) {
  const tenant = useTenant();
  return useQuery<Media, ApiError>({
    queryKey: ['media', tenant, id],
    queryFn: ({ signal }) => ok(api.GET('/v1/media/{id}', { params: { path: { id: id as string } }, signal })),
    enabled: tenant !== null && id !== null,
    staleTime: 600_000,
  });
}

export const useMayWriteTemplates = (): boolean | undefined => useMay('campaigns:manage');

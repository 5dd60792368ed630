import UploadOutlined from '@mui/icons-material/UploadOutlined';
import { Button, TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { type ChangeEvent, type FormEvent, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';
import { ActButton } from '../parts/act-button';
import { Failed, Note, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { tagged, type Tagged, useAct } from '../providers/acts';
import { loadBrand, logoOf } from '../providers/brand';
import { api } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import type { components } from '../providers/api-types';

type BrandSettings = components['schemas']['BrandSettings'];
type BrandChange = components['schemas']['BrandChange'];
const members = ['name', 'colour_light', 'colour_dark', 'support_url', 'imprint_url'] as const;
type Member = (typeof members)[number];
const maxLogoBytes = 65_536;

/** Name, logo, colours and links of the installation, or of a client. */
export function BrandForm({ tenant }: { tenant: string | null }) {
  const key = ['settings', 'brand', tenant];
  const act = useAct(key);
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: () =>
      tagged<BrandSettings>(
        tenant === null
          ? api.GET('/admin/v1/settings/branding')
          : api.GET('/admin/v1/tenants/{id}/branding', { params: { path: { id: tenant } } }),
      ),
    staleTime: Infinity,
  });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton rows={3} />;
  // A refusal stays visible when the present values are read anew; what was typed goes only when they differ.
  return <BrandFields key={data.tag} tenant={tenant} start={data} act={act} />;
}

function BrandFields({ tenant, start, act }: { tenant: string | null; start: Tagged<BrandSettings>; act: ReturnType<typeof useAct> }) {
  const translate = useTranslate();
  const file = useRef<HTMLInputElement>(null);
  const { value: was } = start;
  const [typed, setTyped] = useState(() => Object.fromEntries(members.map((name) => [name, was[name] ?? ''])) as Record<Member, string>);
  const [logo, setLogo] = useState<BrandChange['logo']>(undefined);
  const [isTooLarge, setTooLarge] = useState(false);
  const errors = useFaults(act.error);
  const say = (name: string): string => translate(`settings.brand.${name}`);
  const changes: BrandChange = {
    ...Object.fromEntries(members.filter((name) => typed[name] !== (was[name] ?? '')).map((name) => [name, typed[name].trim() || null])),
    ...(logo !== undefined && { logo }),
  };
  const isSame = Object.keys(changes).length === 0;
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (isSame || act.isPending) return;
    const header = start.tag ? { 'If-Match': start.tag } : {};
    act.mutate(
      () =>
        tenant === null
          ? api.PATCH('/admin/v1/settings/branding', { params: { header }, body: changes })
          : api.PATCH('/admin/v1/tenants/{id}/branding', { params: { path: { id: tenant }, header }, body: changes }),
      { onSuccess: () => void loadBrand() },
    );
  };
  const take = (event: ChangeEvent<HTMLInputElement>): void => {
    const given = event.target.files?.[0];
    if (!given) return;
    setTooLarge(given.size > maxLogoBytes);
    if (given.size > maxLogoBytes) return;
    const reader = new FileReader();
    reader.onload = () =>
      setLogo({
        type: given.type === 'image/svg+xml' ? 'image/svg+xml' : 'image/png',
        data: (reader.result as string).split(',')[1] ?? '',
      });
    reader.readAsDataURL(given);
  };
  const field = (name: Member, props: { help?: string; type?: string; pattern?: string } = {}) => (
    <TextField
      label={say(name)}
      value={typed[name]}
      onChange={(event) => setTyped((old) => ({ ...old, [name]: event.target.value }))}
      error={name in errors}
      helperText={errors[name] ?? (props.help && say(props.help))}
      slotProps={{ htmlInput: { dir: name === 'name' ? 'auto' : 'ltr', ...(props.pattern && { pattern: props.pattern }) } }}
      {...(props.type && { type: props.type })}
    />
  );
  const image = logo === undefined ? logoOf(was) : logo === null ? logoOf({ logo: null }) : `data:${logo.type};base64,${logo.data}`;
  const isStale = act.error?.status === 412;
  return (
    <form className="settings-form" onSubmit={save}>
      {isStale ? (
        <Note state="uncertain" title={translate('settings.stale')}>
          {translate('settings.stale_text')}
        </Note>
      ) : (
        <Refused error={act.error} title={translate('settings.refused')} />
      )}
      {field('name', { help: 'name_help' })}
      <div>
        <div className="brand-logo">
          <img src={image} alt={say('logo')} />
          <Button variant="outlined" startIcon={<UploadOutlined />} onClick={() => file.current?.click()}>
            {say('upload')}
          </Button>
          <input ref={file} type="file" accept="image/svg+xml,image/png" hidden onChange={take} />
          {(logo ?? (logo === undefined && was.logo)) && (
            <Button variant="text" onClick={() => setLogo(null)}>
              {say('remove_logo')}
            </Button>
          )}
        </div>
        <p className={isTooLarge ? 'field-error' : 'small mute'}>{say('logo_help')}</p>
      </div>
      <div className="pair">
        {field('colour_light', { help: 'colour_help', pattern: '#[0-9a-fA-F]{6}' })}
        {field('colour_dark', { help: 'colour_help', pattern: '#[0-9a-fA-F]{6}' })}
        {field('support_url')}
        {field('imprint_url', { type: 'url' })}
      </div>
      <div className="acts">
        <ActButton
          variant="contained"
          type="submit"
          off={isSame ? translate('settings.same') : undefined}
          busy={act.isPending && translate('frame.saving')}
        >
          {translate('settings.save')}
        </ActButton>
      </div>
    </form>
  );
}

import AddOutlined from '@mui/icons-material/AddOutlined';
import { useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { ListPage } from '../parts/list';
import { Words } from '../parts/person-text';
import { Time } from '../parts/values';
import { contentTypes, type Template, useMayWriteTemplates, wordsOf } from './templates';

/** Templates of a client, newest first. */
export function TemplateList() {
  const translate = useTranslate();
  const format = useFormat();
  const navigate = useNavigate();
  const may = useMayWriteTemplates();
  const add = (
    <ActButton
      variant="contained"
      startIcon={<AddOutlined />}
      off={may === false ? translate('templates.may_not') : undefined}
      onClick={() => void navigate('/templates/new')}
    >
      {translate('templates.add')}
    </ActButton>
  );
  return (
    <ListPage<Template>
      resource="templates"
      title={translate('menu.templates')}
      acts={add}
      search={{ source: 'name', label: translate('templates.search') }}
      filters={[
        {
          source: 'type',
          label: translate('templates.type'),
          choices: contentTypes.map((value) => ({ value, label: translate(`type.${value}`) })),
        },
        {
          source: 'archived',
          label: translate('templates.archived'),
          choices: [{ value: 'true', label: translate('templates.only_archived') }],
        },
      ]}
      linkOf={({ id }) => `/templates/${id}`}
      columns={[
        { key: 'name', label: translate('templates.name'), render: ({ name }) => <Words className="cut">{name}</Words> },
        {
          key: 'text',
          label: translate('templates.content'),
          render: ({ content }) => (
            <span className="cut soft" dir="auto" style={{ display: 'block', maxWidth: 420 }}>
              {wordsOf(content)}
            </span>
          ),
          narrowHide: true,
        },
        { key: 'type', label: translate('templates.type'), render: ({ content: { type } }) => translate(`type.${type}`) },
        {
          key: 'languages',
          label: translate('templates.languages'),
          render: ({ language, languages }) => (
            <bdi dir="ltr" className="mono">
              {[language, ...languages.map((one) => one.language)].join(', ')}
            </bdi>
          ),
          low: true,
          narrowHide: true,
        },
        {
          key: 'version',
          label: translate('templates.version'),
          render: ({ version }) => format.number(version),
          end: true,
          low: true,
          narrowHide: true,
        },
        {
          key: 'changed',
          label: translate('templates.changed'),
          render: ({ changed_at }) => <Time at={changed_at} />,
          end: true,
          narrowHide: true,
        },
      ]}
      empty={{ title: translate('templates.empty'), text: translate('templates.empty_text'), acts: add }}
    />
  );
}

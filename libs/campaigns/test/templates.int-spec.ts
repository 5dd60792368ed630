import { type Database, newId, systemActor } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { BodySources, type MessageReader } from '@heliograph/messaging';
import type { MediaLinks } from '../src/media/media-links';
import { CampaignBodySource, type TemplateSource } from '../src/templates/campaign-body-source';
import { languageOfContact, missingOf, placeForLanguage, renderTemplate, valuesOfContact } from '../src/templates/message-template';
import { templateBody, templatePatch } from '../src/templates/template-body';
import { TemplateCheck } from '../src/templates/template-check';
import { languageSql, missingNamesSql, missingVariableSql, valuesSql } from '../src/templates/template-variables.repository';
import { TemplateVersions } from '../src/templates/template-versions';
import { type Template, Templates } from '../src/templates/templates.repository';

const actor = systemActor('test');
const links = { address: ({ mediaId }: { mediaId: string }) => `https://files.example.com/${mediaId}` } as unknown as MediaLinks;
const reader = { readContent: () => ({ content: { kind: 'text', text: 'x' } }) } as unknown as MessageReader;

describe('templates', () => {
  let test: TestDatabase;
  let db: Database;
  let templates: Templates;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
    templates = new Templates(db, new TemplateCheck(reader, links));
  });
  afterAll(() => test.close());

  const aTenant = async () => {
    const id = newId();
    await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Agency', 'GB')`, [id]);
    return { id, defaultCountry: 'GB' };
  };
  const aTemplate = async (body: object, tenant?: { id: string; defaultCountry: string }) => {
    const own = tenant ?? (await aTenant());
    return { tenant: own, template: await templates.create(own, actor, templateBody.parse({ name: 'Sale', ...body })) };
  };
  const text = (value: string) => ({ type: 'text', text: value });

  it('keep every version', async () => {
    const { tenant, template } = await aTemplate({ content: text('one') });
    const id = template.templateId;
    await templates.update(tenant, id, actor, templatePatch.parse({ content: text('two') }));
    await templates.update(tenant, id, actor, { is_archived: true });
    expect((await templates.versions(tenant.id, id)).map(({ version, content }) => [version, content])).toEqual([
      [2, { ...text('two'), variants: [] }],
      [1, { ...text('one'), variants: [] }],
    ]);
    expect(await templates.get(tenant.id, id, 1)).toMatchObject({ version: 1, newest: 2, content: text('one') });
    expect((await templates.list(tenant.id, {}, { limit: 10 })).rows).toEqual([]);
    expect((await templates.list(tenant.id, { isArchived: true }, { limit: 10 })).rows).toMatchObject([{ templateId: id, version: 2 }]);
    await expect(templates.get((await aTenant()).id, id, null)).rejects.toMatchObject({ reason: 'not_found' });
  });

  it.each([
    [{ content: text('{{ x') }, 'content', 'invalid_liquid'],
    [{ content: text('{% include "x" %}') }, 'content', 'invalid_liquid'],
    [{ content: text('{{ contact }}') }, 'content', 'invalid_liquid'],
    [{ content: text('{{ ["first name"] }}') }, 'content', 'invalid_liquid'],
    [{ content: text('{% for i in (1..100000000) %}x{% endfor %}') }, 'content', 'too_slow'],
    [{ content: text('x'), languages: [{ language: 'es', content: text('{% if %}') }] }, 'languages/0/content', 'invalid_liquid'],
    [{ content: text('x'), languages: [{ language: 'EN', content: text('x') }] }, 'languages/0/language', 'duplicate_language'],
  ])('%j are refused at %s', async (body, path, code) => {
    await expect(aTemplate(body)).rejects.toMatchObject({ reason: 'invalid_template', details: { errors: [{ path, code }] } });
  });

  it('find people without a variable in SQL as the renderer does', async () => {
    const { tenant, template } = await aTemplate({
      content: text('{{ contact.first_name }} {{ coupon }} {{ contact.plan | default: "-" }} {{ contact.phone }}'),
      languages: [
        { language: 'pt-BR', content: text('{{ contact.external_id }}') },
        { language: 'es', content: text('Hola') },
      ],
    });
    const people = [
      { name: 'Ada Lovelace', externalId: null, attributes: {} },
      { name: '\t\u00a0Ada Lovelace', externalId: null, attributes: {} },
      { name: '\u3000Ada\u00a0Lovelace\ufeff\n', externalId: null, attributes: {} },
      { name: ' ', externalId: null, attributes: { plan: 'pro' } },
      { name: null, externalId: 'e-1', attributes: { first_name: 'Bo', plan: 7 } },
      { name: null, externalId: null, attributes: { language: 'pt' } },
      { name: null, externalId: 'e-2', attributes: { locale: 'pt_PT' } },
      { name: null, externalId: null, attributes: { language: 'es-MX' } },
      { name: 'Cy', externalId: null, attributes: { language: 'fr', coupon: 'no' } },
      { name: "O'Neil", externalId: '', attributes: { language: '', locale: 'EN-us' } },
    ];
    const own = [{}, { coupon: 'A' }, { coupon: ' ' }, { coupon: null }, { coupon: 'B' }];
    for (const fallback of [{}, { coupon: 'F' }, { 'contact.first_name': 'friend' }, { 'contact.phone': '+1 555 0100' }])
      for (const person of people)
        for (const [values, address] of own.flatMap((one) => [[one, '+447700900101'] as const, [one, '81@lid'] as const])) {
          const sources = { values: '$3::jsonb', fallback: '$4::jsonb', address: '$6::text' };
          const [row] = await db.query<{ language: string | null; isMissing: boolean; missing: string[]; vars: Record<string, unknown> }>(
            `SELECT ${languageSql(template)} AS language, ${missingVariableSql(template, sources)} AS "isMissing", ${missingNamesSql(template, sources)} AS missing,
               ${valuesSql(template, sources)} AS vars
             FROM (SELECT $1::text AS name, $2::jsonb AS attributes, $5::text AS external_id) c`,
            [person.name, JSON.stringify(person.attributes), JSON.stringify(values), JSON.stringify(fallback), person.externalId, address],
          );
          const language = languageOfContact(person.attributes);
          const phone = address.startsWith('+') ? { 'contact.phone': address } : {};
          const all = {
            ...fallback,
            ...Object.fromEntries(
              Object.entries({ ...values, ...valuesOfContact(person), ...phone }).filter(([, value]) =>
                /\S/.test(String((value as string | null) ?? '')),
              ),
            ),
          };
          const missing = missingOf(template, language, all);
          expect({ person, values, fallback, missing: row?.missing, isMissing: row?.isMissing }).toEqual({
            person,
            values,
            fallback,
            missing,
            isMissing: missing.length > 0,
          });
          expect(placeForLanguage(template, row?.language ?? null)).toBe(placeForLanguage(template, language));
          expect(renderTemplate(template, row?.language ?? null, 0, { ...row?.vars, ...phone })).toEqual(
            renderTemplate(template, language, 0, all),
          );
        }
    expect(tenant.id).toBeDefined();
  });

  describe('as bodies of messages', () => {
    const aSource = () => new CampaignBodySource(new TemplateVersions(db), links, new BodySources());
    const request = (
      tenantId: string,
      { templateId, version }: Template,
      source: Partial<TemplateSource> = {},
      recipient = '+447700900101',
    ) => ({
      tenantId,
      messageId: newId(),
      recipient,
      source: { t: templateId, v: version, l: null, s: 0, vars: {}, ...source },
    });

    it('are made for several tenants in one batch, each with its own version, language and wording', async () => {
      const one = await aTemplate({
        content: { type: 'text', text: 'A {{ x }}', variants: ['B {{ x }}'] },
        languages: [{ language: 'es', content: text('ES {{ contact.phone }}') }],
      });
      const two = await aTemplate({ content: text('two') });
      await templates.update(one.tenant, one.template.templateId, actor, templatePatch.parse({ content: text('newer') }));
      const answers = await aSource().render([
        request(one.tenant.id, one.template, { vars: { x: '1' } }),
        request(two.tenant.id, two.template),
        request(one.tenant.id, one.template, { vars: { x: '1' }, s: 3 }),
        request(one.tenant.id, one.template, { l: 'es' }),
        request(two.tenant.id, one.template),
        request(one.tenant.id, one.template),
        { ...request(one.tenant.id, one.template), source: { other: 1 } },
      ]);
      expect(answers).toEqual([
        { body: text('A 1') },
        { body: text('two') },
        { body: text('B 1') },
        { body: text('ES +447700900101') },
        { failed: 'The template of the message does not exist.' },
        { failed: expect.stringContaining('undefined variable: x') as string },
        { failed: 'The message names no template.' },
      ]);
    });

    it('are read once a version', async () => {
      const { tenant, template } = await aTemplate({ content: text('x') });
      const source = aSource();
      await source.render([request(tenant.id, template)]);
      const query = jest.spyOn(db, 'prepared');
      await source.render([request(tenant.id, template), request(tenant.id, template)]);
      expect(query).not.toHaveBeenCalled();
      query.mockRestore();
    });

    it('that take too long fail alone, and a batch of them ends', async () => {
      const { tenant, template } = await aTemplate({ content: text('{% for i in list %}{% assign n = i | times: 2 %}{% endfor %}done') });
      const slow = request(tenant.id, template, { vars: { list: Array.from({ length: 90_000 }, (_, i) => i) } });
      const fast = request(tenant.id, template, { vars: { list: [1] } });
      const answers = await aSource().render(Array.from({ length: 60 }, (_, i) => (i % 10 === 0 ? fast : slow)));
      expect(answers.map((answer) => 'body' in answer)).toEqual(answers.map((_, i) => i % 10 === 0));
    });
  });
});

import fc from 'fast-check';
import { lengthOf, missingOf, placeForLanguage, renderTemplate, variablesOf, wordingOf } from './message-template';
import { templateDraft, type TemplateDraft } from './template-body';

const draft = (content: object, over: object = {}): TemplateDraft => templateDraft.parse({ content, ...over });
const text = (value: string, over: object = {}) => draft({ type: 'text', text: value }, over);
const words = (version: TemplateDraft, values: Record<string, unknown> = {}, seed = 0, language: string | null = null) =>
  renderTemplate(version, language, seed, values);

describe('a template', () => {
  it('fills in the contact, own values, and defaults where a value is blank', () => {
    const version = text('Hi {{ contact.first_name }}, {{ coupon }}', { defaults: { 'contact.first_name': 'friend' } });
    expect(words(version, { 'contact.first_name': 'Ada', coupon: 'A1' })).toEqual({ body: { type: 'text', text: 'Hi Ada, A1' } });
    expect(words(version, { 'contact.first_name': ' ', coupon: 7 })).toEqual({ body: { type: 'text', text: 'Hi friend, 7' } });
    expect(words(version, { 'contact.first_name': 'Ada', coupon: '' })).toEqual({ failed: expect.stringContaining('coupon') as string });
    expect(missingOf(version, null, { coupon: null })).toEqual(['coupon']);
  });

  it('names its variables, and which of them it cannot do without', () => {
    const version = text('{{ contact.name }} {{ contact.city | default: "-" }} {{ coupon }}', {
      defaults: { coupon: 'NONE' },
      languages: [{ language: 'es', content: { type: 'text', text: '{{ ciudad }}' } }],
    });
    expect(variablesOf(version)).toEqual([
      { name: 'ciudad', isRequired: true, default: null },
      { name: 'contact.city', isRequired: false, default: null },
      { name: 'contact.name', isRequired: true, default: null },
      { name: 'coupon', isRequired: false, default: 'NONE' },
    ]);
    expect(missingOf(version, 'es', {})).toEqual(['ciudad']);
  });

  it('takes names in letters of any script, also where an accent is written apart', () => {
    const version = text('Olá {{ pre\u0301nom }}, {{ الاسم }} {{ हिन्दी | default: "-" }}', { defaults: { 'pre\u0301nom': 'friend' } });
    expect(variablesOf(version)).toEqual(
      [
        { name: 'prénom', isRequired: false, default: 'friend' },
        { name: 'हिन्दी', isRequired: false, default: null },
        { name: 'الاسم', isRequired: true, default: null },
      ].sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    expect(words(version, { prénom: 'Zoë', الاسم: 'ليلى' })).toEqual({ body: { type: 'text', text: 'Olá Zoë, ليلى -' } });
    expect(missingOf(version, null, {})).toEqual(['الاسم']);
  });

  it.each([
    ['pt-BR', 'pt-BR'],
    ['pt_br ', 'pt-BR'],
    ['pt', 'pt-PT'],
    ['PT-AO', 'pt-PT'],
    ['en-GB', 'en'],
    ['fr', 'en'],
    [null, 'en'],
  ])('speaks to a contact with the language %s in %s', (wanted, spoken) => {
    const content = { type: 'text', text: 'x' };
    const version = text('x', { language: 'en', languages: ['pt-PT', 'pt-BR'].map((language) => ({ language, content })) });
    expect(['en', 'pt-PT', 'pt-BR'][placeForLanguage(version, wanted)]).toBe(spoken);
  });

  it('gives every kind of content, with a file of the store by its address', () => {
    const id = '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e0';
    const render = (content: object) => renderTemplate(draft(content), null, 0, { x: 'X' }, (media) => `https://m/${media}`);
    expect(render({ type: 'image', media_id: id, caption: '{{ x }}' })).toEqual({
      body: { type: 'image', url: `https://m/${id}`, caption: 'X' },
    });
    expect(
      render({ type: 'document', url: 'https://a.example/{{ x }}.pdf', file_name: '{{ x }}.pdf', caption: '{% if y %}y{% endif %}' }),
    ).toEqual({
      body: { type: 'document', url: 'https://a.example/X.pdf', file_name: 'X.pdf' },
    });
    expect(render({ type: 'location', latitude: 1, longitude: 2, name: '{{ x }}' })).toEqual({
      body: { type: 'location', latitude: 1, longitude: 2, name: 'X' },
    });
    expect(render({ type: 'contact', name: '{{ x }}', phone: '+447700900101' })).toEqual({
      body: { type: 'contact', name: 'X', phone: '+447700900101' },
    });
    expect(render({ type: 'poll', question: '{{ x }}?', options: ['a', '{{ x }}'] })).toEqual({
      body: { type: 'poll', question: 'X?', options: ['a', 'X'] },
    });
    expect(render({ type: 'poll', question: '?', options: ['a', '{% if y %}y{% endif %}'] })).toEqual({
      failed: 'options/1: The text is empty.',
    });
  });

  it('is refused with neither or both sources of a file', () => {
    for (const media of [{}, { media_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e0', url: 'https://a.example' }])
      expect(templateDraft.safeParse({ content: { type: 'image', ...media } }).error?.issues[0]?.path).toEqual(['content', 'media_id']);
  });
});

describe('wordings', () => {
  it('are as frequent as each other, and equal for equal seeds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 21 }), fc.integer(), (wordings, from) => {
        const chosen = Array.from({ length: wordings * 3 }, (_, i) => wordingOf(from + i, wordings));
        expect(new Set(chosen).size).toBe(wordings);
        for (const one of chosen) expect(one).toBe(wordingOf(one, wordings));
        expect([...Map.groupBy(chosen, (one) => one).values()].every((all) => all.length === 3)).toBe(true);
      }),
    );
  });

  it('differ from each other, so that their messages do', () => {
    const version = draft({ type: 'text', text: 'a', variants: ['b', 'c'] });
    expect([0, 1, 2, 3, -1].map((seed) => words(version, {}, seed))).toEqual(
      ['a', 'b', 'c', 'a', 'c'].map((one) => ({ body: { type: 'text', text: one } })),
    );
  });
});

describe('the length of a message', () => {
  it('is counted in code points, after it is filled in', () => {
    const version = text('{{ x }}{{ y }}');
    expect(words(version, { x: '👋'.repeat(4_095), y: 'z' })).toHaveProperty('body');
    expect(words(version, { x: '👋'.repeat(4_096), y: 'z' })).toEqual({
      failed: 'text: The text has more than 4096 characters (Unicode code points).',
    });
  });

  it('is within the limit, or the message is not made', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { maxLength: 5 }),
        fc.integer({ min: 0, max: 90 }),
        (parts, times) => {
          const version = text('{{ a }}{{ b | default: "-" }}');
          const made = words(version, { a: parts.join('').repeat(times), b: parts[0] });
          if ('body' in made) expect(lengthOf(made.body.text as string)).toBeLessThanOrEqual(4_096);
          else expect(made.failed).not.toBe('');
        },
      ),
    );
  });
});

describe('a hostile template', () => {
  it.each([
    '{{ contact.constructor.constructor }}',
    '{{ contact.__proto__ }}',
    '{{ constructor }}',
    '{{ contact.name.constructor }}',
    '{% for i in (1..1000000000) %}x{% endfor %}',
    '{% for i in (1..100000) %}{% for j in (1..100000) %}{% endfor %}{% endfor %}',
    `{% assign a = "xxxxxxxxxx" %}${'{% assign a = a | append: a %}'.repeat(30)}{{ a }}`,
    '{% assign a = (1..99999) | join: "," %}{{ a }}',
  ])('%.60s reaches nothing, ends, and fails alone', (value) => {
    expect(words(text(value), { 'contact.name': 'Ada' })).toEqual({ failed: expect.any(String) as string });
    expect(words(text('{{ contact.name }}'), { 'contact.name': 'Ada' })).toEqual({ body: { type: 'text', text: 'Ada' } });
  });

  it('cannot change objects by the name of a value', () => {
    const values = JSON.parse(
      '{"__proto__":{"polluted":"yes"},"contact.__proto__":{"polluted":"yes"},"constructor":"c","x":"1"}',
    ) as Record<string, unknown>;
    expect(words(text('{{ x }}{{ polluted | default: "-" }}{{ contact.polluted | default: "-" }}'), values)).toEqual({
      body: { type: 'text', text: '1--' },
    });
    expect({}).not.toHaveProperty('polluted');
  });
});

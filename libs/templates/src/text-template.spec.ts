import fc from 'fast-check';
import { readTemplate, TemplateError } from './text-template';
import type { Variables } from './variables';

const scope: Variables = {
  event: { id: 'e-1', name: 'user_onboarded', occurred_at: '2026-11-24T12:00:00.000Z' },
  payload: { name: 'Priya', items: ['a', 'b'], html: '<b>&' },
  contact: { id: null, name: null, external_id: null, phone: '+447700900101', attributes: {}, tags: [] },
};
const fill = (value: unknown) => readTemplate(value).fill(scope);

/** A scope whose first reads stop the process for as long as a busy machine might. */
function slowScope(uses: number): Variables {
  let left = uses;
  return {
    payload: {
      get name() {
        if (left-- > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 80);
        return 'Priya';
      },
    },
  };
}

describe('a template', () => {
  it('fills in every text of a value, and does not change anything else', () => {
    expect(
      fill({
        text: 'Hi {{ payload.name }}',
        options: ['{{ payload.items | join: "+" }}', 'b'],
        size_bytes: 3,
        nested: { on: true, none: null },
      }),
    ).toEqual({ text: 'Hi Priya', options: ['a+b', 'b'], size_bytes: 3, nested: { on: true, none: null } });
  });

  it('inserts values unescaped: a message is not a web page', () => {
    expect(fill('{{ payload.html }}')).toBe('<b>&');
  });

  it('uses a default for a missing value, and fails for a missing value without one', () => {
    expect(fill('Hi {{ contact.name | default: "friend" }}, {{ payload.zip | default: "?" }}')).toBe('Hi friend, ?');
    expect(fill('{% if payload.zip %}a{% else %}b{% endif %}')).toBe('b');
    expect(() => fill('{{ payload.zip }}')).toThrow(TemplateError);
  });

  it.each([
    '{{ payload.constructor }}',
    '{{ payload.constructor.constructor }}',
    '{{ payload.__proto__ }}',
    '{{ payload.items.map }}',
    '{{ process }}',
    '{{ "a" | nofilter }}',
  ])('%s reaches nothing', (text) => {
    expect(() => fill(text)).toThrow(TemplateError);
  });

  it.each([
    '{{ payload.name',
    '{% include "x" %}',
    '{% render "x" %}',
    '{% layout "x" %}',
    '{% nothing %}',
    `{{ 'a' }}${'x'.repeat(20_001)}`,
    '{{ a }}'.repeat(201),
    '{% if a %}{% endif %}'.repeat(101),
  ])('%s cannot be parsed', (text) => {
    expect(() => readTemplate(text)).toThrow(TemplateError);
  });

  it.each([
    '{% for i in (1..100000) %}{% for j in (1..100000) %}{% endfor %}{% endfor %}',
    '{% for i in (1..1000000000) %}x{% endfor %}',
    `{% assign a = "xxxxxxxxxx" %}${'{% assign a = a | append: a %}'.repeat(40)}{{ a }}`,
  ])('%s ends', (text) => {
    expect(() => fill(text)).toThrow(TemplateError);
  });

  it('of any text is filled in or returns an error', () => {
    const word = fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      ' payload',
      '.name',
      ' | ',
      'default: ',
      '"x"',
      ' for i in ',
      'endfor',
      'if',
      'raw',
      ' 1',
      '-',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        try {
          expect(typeof fill(words.join(''))).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
        }
      }),
    );
  });
});

describe('the time limit of a template', () => {
  const template = readTemplate({ text: 'Hello {{ payload.name }}{{ payload.name }}, all well?' });

  it('allows for a process that was stopped for a moment meanwhile', () => {
    expect(template.fill(slowScope(1))).toEqual({ text: 'Hello PriyaPriya, all well?' });
  });

  it('stops a template that takes too long each time', () => {
    expect(() => template.fill(slowScope(100))).toThrow('render limit exceeded');
  });
});

describe('a text that grows', () => {
  it.each([
    '{{ payload.big }}'.repeat(100),
    '{{ payload.big | raw }}'.repeat(100),
    '{% for i in (1..100) %}{% echo payload.big %}{% endfor %}',
  ])('is stopped before it exceeds the maximum of a message: %.40s', (text) => {
    const scope = { payload: { big: 'x'.repeat(1_000) } };
    expect(() => readTemplate({ text }).fill(scope)).toThrow('at most 20000 characters');
  });
});

describe('the variables of a template', () => {
  const used = (value: unknown) =>
    readTemplate(value)
      .variables()
      .map(({ path, isRequired }) => `${path.join('/')}${isRequired ? '!' : ''}`);

  it.each([
    ['{{ contact.name }} {{ coupon | upcase }}', ['contact/name!', 'coupon!']],
    ['{{ contact.name | default: "friend" }} {{ a | append: b }}', ['a!', 'b!', 'contact/name']],
    ['{% if vip %}{{ coupon }}{% else %}{{ other }}{% endif %}', ['coupon', 'other', 'vip']],
    ['{% case plan %}{% when "a" %}{{ plan }}{% endcase %}', ['plan']],
    ['{% for item in items %}{{ item }}{{ price }}{{ forloop.index }}{% endfor %}', ['items!', 'price']],
    ['{% assign n = contact.name %}{{ n }}{% assign m = x | default: "" %}{{ m }}', ['contact/name!', 'x']],
    ['{% capture n %}{{ coupon }}{% endcapture %}{{ n }}', ['coupon!']],
    ['{% echo x | default: "y" %}', ['x']],
    ['{{ contact["fav colour"] }} {{ list[0] }} {{ list[at].name }}', ['at!', 'contact/fav colour!', 'list!']],
    ['{{ x }}{% if x %}{{ x }}{% endif %}', ['x!']],
    ['plain { text', []],
  ])('of %s are %j', (text, expected) => {
    expect(used(text)).toEqual(expected);
  });

  it('are those of all texts of a value', () => {
    expect(used({ a: '{{ x | default: "1" }}', options: ['{{ y }}', '{{ x }}'], n: 1 })).toEqual(['x!', 'y!']);
  });

  it('that are not required may be missing, and every other one may not', () => {
    const part = fc.constantFrom(
      '{{ a }}',
      '{{ b | default: "-" }}',
      // Its condition never holds here: where one holds, what stands in it is needed.
      '{% if f %}{{ b }}{% endif %}',
      '{% unless c %}x{% endunless %}',
      '{% case c %}{% when "x" %}{{ d }}{% endcase %}',
      '{% assign d = "1" %}',
      '{{ d }}',
      '{% capture a %}{{ c }}{% endcapture %}',
      '{% for i in e %}{{ i }}{% endfor %}',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const template = readTemplate(`{ ${parts.join(' ')}`);
        const variables = template.variables();
        const required = variables.filter(({ isRequired }) => isRequired).map(({ path }) => path[0] as string);
        const with_ = (names: string[]) => () => template.fill(Object.fromEntries(names.map((name) => [name, 'y'])));
        expect(with_(required)).not.toThrow();
        for (const name of required)
          expect(with_(variables.map(({ path }) => path[0] as string).filter((one) => one !== name))).toThrow(TemplateError);
      }),
    );
  });
});

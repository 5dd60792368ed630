import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { screen, waitFor } from '@testing-library/react';
import { words as ar } from '../i18n/ar';
import { faultWords } from '../i18n/cause-words';
import { words as fr } from '../i18n/fr';
import { faults as frFaults } from '../i18n/fr/reasons';
import { languages } from '../i18n/languages';
import { toldFaults } from '../i18n/refusal-codes';
import { words as ptBR } from '../i18n/pt-BR';
import { show } from '../testing/show';
import { ApiError, type FieldFault } from './client';
import { useFaults } from './field-faults';

function Told({ error }: { error: ApiError }) {
  return Object.entries(useFaults(error)).map(([path, text]) => (
    <p key={path}>
      {path}: {text}
    </p>
  ));
}

const refused = (...errors: FieldFault[]) => new ApiError(400, { code: 'invalid_body', detail: 'It does not fit.', errors });

describe('a fault of a field', () => {
  it('is told in the language of the panel, with its limit', async () => {
    const message = 'Too big: expected string to have <=1200 characters';
    const fault = { path: 'contacts/0/name', code: 'too_big', message, params: { maximum: 1200, unit: 'characters' as const } };
    show(<Told error={refused(fault)} />, { language: { locale: 'pt-BR', words: ptBR } });
    expect(await screen.findByText('contacts.0.name: No máximo 1.200 caracteres.')).toBeVisible();
  });

  it.each([
    [1, 'على الأكثر: حرف واحد (1).'],
    [2, 'على الأكثر: حرفان (2).'],
    [5, 'على الأكثر: 5 أحرف.'],
    [64, 'على الأكثر: 64 حرفًا.'],
    [100, 'على الأكثر: 100 حرف.'],
  ])('has the plural that %i takes in Arabic', async (maximum, text) => {
    const fault = { path: 'name', code: 'too_big', message: 'Too big', params: { maximum, unit: 'characters' as const } };
    show(<Told error={refused(fault)} />, { language: { locale: 'ar', words: ar } });
    expect(await screen.findByText(`name: ${text}`)).toBeVisible();
  });

  it.each<[Pick<FieldFault, 'code' | 'params'>, string]>([
    [{ code: 'invalid_type', params: { expected: 'string', missing: true } }, 'Ceci est obligatoire.'],
    [{ code: 'invalid_type', params: { expected: 'integer' } }, 'Ceci doit être un nombre entier.'],
    [{ code: 'too_small', params: { minimum: 1, unit: 'items' } }, 'Au moins 1 élément.'],
    [{ code: 'too_small', params: { minimum: 0, exclusive: true } }, 'Plus de 0.'],
    [{ code: 'too_small', params: { minimum: 6, unit: 'characters', exact: true } }, 'Exactement 6 caractères.'],
    [{ code: 'not_multiple_of', params: { divisor: 5 } }, 'Seulement des multiples de 5.'],
    [{ code: 'invalid_value', params: { allowed: ['drip', 'reply'] } }, 'Permis : drip, reply.'],
    [{ code: 'invalid_format', params: { format: 'email' } }, frFaults.invalid_format.email],
    [{ code: 'unknown_cap_pool' }, frFaults.unknown_cap_pool],
  ])('is told by its code and parameters: %j', async (fault, text) => {
    show(<Told error={refused({ path: 'x', message: 'As the API said it.', ...fault })} />, { language: { locale: 'fr', words: fr } });
    expect(await screen.findByText(`x: ${text}`)).toBeVisible();
  });

  it.each<[string, Pick<FieldFault, 'code' | 'params'>]>([
    ['another code', { code: 'custom' }],
    ['a pattern', { code: 'invalid_format', params: { format: 'regex' } }],
    ['a code without the parameters that its words need', { code: 'invalid_value' }],
  ])('is told in the words of the API when it has %s', async (_name, fault) => {
    const error = refused({ path: 'name', message: 'At most 16 headers.', ...fault });
    const { queries } = show(<Told error={error} />, { language: { locale: 'fr', words: fr } });
    await waitFor(() => expect(queries.getQueryData(['faults', 'fr'])).toBeDefined());
    expect(screen.getByText('name: At most 16 headers.')).toBeVisible();
  });

  it('is the first one of its path', async () => {
    const first = { path: 'from', code: 'invalid_format', message: 'Invalid ISO datetime', params: { format: 'datetime' } };
    const error = refused(first, { path: 'from', code: 'custom', message: 'A time is within the years 1 to 9999.' });
    show(<Told error={error} />, { language: { locale: 'fr', words: fr } });
    expect(await screen.findByText(`from: ${frFaults.invalid_format.datetime}`)).toBeVisible();
  });

  it('is told as the refusal when it is the whole refusal', async () => {
    const detail = 'Another contact has this external id.';
    const errors = [{ path: 'external_id', code: 'external_id_taken', message: detail }];
    show(<Told error={new ApiError(409, { code: 'external_id_taken', detail, errors })} />, { language: { locale: 'fr', words: fr } });
    expect(await screen.findByText('external_id: Un autre contact a cet identifiant externe.')).toBeVisible();
  });
});

describe('words of faults', () => {
  const kernel = readFileSync(join(import.meta.dirname, '../../../../libs/kernel/src/http/schema-faults.ts'), 'utf8');
  const list = /schemaFaultCodes = \[([^\]]*)\]/.exec(kernel)?.[1] ?? '';
  const codes = [...list.matchAll(/'(\w+)'/g)].map(([, code]) => code ?? '');

  it.each(languages)('are there for each code of the kernel and of the panel in $name', async ({ locale }) => {
    expect(codes).toContain('too_big');
    expect(Object.keys(await faultWords(locale)).toSorted()).toEqual([...codes, ...toldFaults, 'exact'].toSorted());
  });
});

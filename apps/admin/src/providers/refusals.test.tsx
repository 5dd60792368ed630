import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { screen, waitFor } from '@testing-library/react';
import { refusalWords } from '../i18n/cause-words';
import { words as fr } from '../i18n/fr';
import { refusals as frRefusals } from '../i18n/fr/reasons';
import { languages } from '../i18n/languages';
import { toldFaults, toldRefusals } from '../i18n/refusal-codes';
import { Refused } from '../parts/refused';
import { show } from '../testing/show';
import { ApiError } from './client';

describe('a refusal', () => {
  it('is told in the language of the panel', async () => {
    const error = new ApiError(412, { code: 'precondition_failed', detail: 'The object was changed.', request_id: 'r1' });
    show(<Refused error={error} />, { language: { locale: 'fr', words: fr } });
    expect(await screen.findByText(frRefusals.precondition_failed, { exact: false })).toBeVisible();
    expect(screen.getByText('precondition_failed · r1')).toBeVisible();
    expect(screen.queryByText('The object was changed.', { exact: false })).toBeNull();
  });

  it('that the panel has no words for is told in those of the API', async () => {
    const error = new ApiError(409, { code: 'in_use', detail: 'The list is used by “Summer sale”.' });
    const { queries } = show(<Refused error={error} />, { language: { locale: 'fr', words: fr } });
    await waitFor(() => expect(queries.getQueryData(['refusals', 'fr'])).toBeDefined());
    expect(screen.getByText('The list is used by “Summer sale”.', { exact: false })).toBeVisible();
  });
});

describe('words of refusals', () => {
  it.each(languages)('are there for each code in $name', async ({ locale }) => {
    expect(Object.keys(await refusalWords(locale)).toSorted()).toEqual(toldRefusals.toSorted());
  });

  it('name codes that the API throws', () => {
    const root = join(import.meta.dirname, '../../../..');
    const isSource = (file: string): boolean => /^[^/]+\/src\/.*\.ts$/.test(file) && !file.endsWith('.spec.ts');
    const files = ['libs', 'apps/api'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => isSource(folder === 'libs' ? file : `api/${file}`))
        .map((file) => readFileSync(join(root, folder, file), 'utf8')),
    );
    const thrown = new Set(files.flatMap((text) => [...text.matchAll(/'([a-z_]+)'/g)].map(([, code]) => code)));
    expect([...toldRefusals, ...toldFaults].filter((code) => !thrown.has(code))).toEqual([]);
  });
});

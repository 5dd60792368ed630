import { renderHook } from '@testing-library/react';
import { memoryStore, StoreContextProvider, I18nContextProvider } from 'react-admin';
import type { ReactNode } from 'react';
import { i18nOf } from '.';
import { words as fr } from './fr';
import { useCountryNames } from './country-names';

describe('the name of a country', () => {
  it('is in the language of the panel; a code that no standard knows stays one', () => {
    const wrapper = ({ children }: { children: ReactNode }) => (
      <StoreContextProvider value={memoryStore({ locale: 'fr' })}>
        <I18nContextProvider value={i18nOf('fr', fr)}>{children}</I18nContextProvider>
      </StoreContextProvider>
    );
    const { current: name } = renderHook(useCountryNames, { wrapper }).result;
    expect([name('DE'), name('Narnia')]).toEqual(['Allemagne', 'Narnia']);
  });
});

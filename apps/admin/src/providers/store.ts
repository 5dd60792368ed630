import { localStorageStore } from 'react-admin';

/** Entries that belong to the browser and not to the person who is signed in: language and theme, by their names in the store. */
const kept = ['locale', 'theme'];

/** The store of the panel, which React-Admin empties at the end of each sign-in. */
export function panelStore(): ReturnType<typeof localStorageStore> {
  const store = localStorageStore();
  return {
    ...store,
    reset() {
      const values = kept.map((name): [string, unknown] => [name, store.getItem(name)]);
      store.reset();
      for (const [name, value] of values) store.setItem(name, value);
    },
  };
}

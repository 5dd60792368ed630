import { useSyncExternalStore } from 'react';

const key = 'heliograph.client';
const listeners = new Set<() => void>();
let chosen = read();

function read(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** The client (tenant) the panel acts for; null: all clients. */
export function currentTenant(): string | null {
  return chosen;
}

/** Chooses a client for all requests that follow; null: all. */
export function chooseTenant(id: string | null): void {
  chosen = id;
  try {
    if (id) localStorage.setItem(key, id);
    else localStorage.removeItem(key);
  } catch {
    // The choice holds for this page then.
  }
  for (const listener of listeners) listener();
}

/** The client that is chosen, live. */
export function useTenant(): string | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => chosen,
  );
}

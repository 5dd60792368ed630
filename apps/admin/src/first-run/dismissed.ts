import { useSyncExternalStore } from 'react';

const key = 'heliograph.first-run';
const listeners = new Set<() => void>();
let isGone = read();

function read(): boolean {
  try {
    return localStorage.getItem(key) !== null;
  } catch {
    return false;
  }
}

/** Takes the guide away for good in this browser. */
export function dismissFirstRun(): void {
  isGone = true;
  try {
    localStorage.setItem(key, 'gone');
  } catch {
    // It stays away until the page is loaded anew.
  }
  for (const listener of listeners) listener();
}

/** True once the guide was finished or hidden in this browser. */
export function useFirstRunGone(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isGone,
  );
}

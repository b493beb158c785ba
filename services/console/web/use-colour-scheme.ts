import { useSyncExternalStore } from 'react';

const dark = matchMedia('(prefers-color-scheme: dark)');

/** Whether the reader's system is light or dark, now. */
export function useColourScheme(): 'light' | 'dark' {
  return useSyncExternalStore(
    (onChange) => {
      dark.addEventListener('change', onChange);
      return () => dark.removeEventListener('change', onChange);
    },
    () => (dark.matches ? 'dark' : 'light'),
  );
}

/** Keeps values by key, the most lately used ones, up to so many bytes. */
export type Kept<T> = {
  get(key: string): T | undefined;
  /** Keeps a value of so many bytes; one that is larger than everything may be is not kept. */
  put(key: string, value: T, bytes: number): void;
};

/** Returns an empty place to keep values in. */
export function openKept<T>(mostBytes: number): Kept<T> {
  // A Map lists its keys in the order in which they were put: the first is the one that was not used for longest.
  const entries = new Map<string, { readonly value: T; readonly bytes: number }>();
  let size = 0;
  const drop = (key: string): void => {
    size -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    get: (key) => {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    put: (key, value, bytes) => {
      drop(key);
      if (bytes > mostBytes) return;
      entries.set(key, { value, bytes });
      size += bytes;
      for (const oldest of entries.keys()) {
        if (size <= mostBytes) break;
        drop(oldest);
      }
    },
  };
}

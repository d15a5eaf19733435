type Listener = (event: { url: string }) => void;

const listeners = new Set<Listener>();
let initial: string | null = null;

/** The link that starts the app. */
export const startWith = (url: string | null): void => {
  initial = url;
};

/** A link that opens the app while it runs. */
export const openUrl = (url: string): void => {
  for (const listener of listeners) listener({ url });
};

export const getInitialURL = async (): Promise<string | null> => initial;

export function addEventListener(_type: "url", listener: Listener): { remove(): void } {
  listeners.add(listener);
  return { remove: () => listeners.delete(listener) };
}

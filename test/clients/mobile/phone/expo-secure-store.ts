const values = new Map<string, string>();

/** What Expo's own takes as one value: https://docs.expo.dev/versions/v49.0.0/sdk/securestore/ */
const maxBytes = 2048;

export async function getItemAsync(key: string): Promise<string | null> {
  return values.get(key) ?? null;
}

export async function setItemAsync(key: string, value: string): Promise<void> {
  const bytes = new TextEncoder().encode(value).length;
  if (bytes > maxBytes) throw new Error(`The value has ${bytes} bytes, more than the ${maxBytes} that are safe.`);
  values.set(key, value);
}

export async function deleteItemAsync(key: string): Promise<void> {
  values.delete(key);
}

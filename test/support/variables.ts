/**
 * Sets environment variables of this process, or deletes those that are undefined.
 * @returns a function that restores the previous values; undo several calls in reverse order
 */
export function setVariables<Name extends string>(variables: Readonly<Record<Name, string | undefined>>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  assign(Object.entries<string | undefined>(variables));
  return () => assign(before);
}

function assign(variables: readonly (readonly [string, string | undefined])[]): void {
  for (const [name, value] of variables) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** The variables with which clients of AWS call the server at a URL, with any credentials. */
export const awsAt = (url: string) => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
});

/**
 * Sets environment variables of this process.
 * @returns a function that restores the previous values; undo several calls in reverse order
 */
export function setVariables<Name extends string>(variables: Readonly<Record<Name, string>>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

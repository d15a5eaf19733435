/**
 * Sets environment variables of this process.
 * @returns what puts back those of before; of several calls, the last one is undone first
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

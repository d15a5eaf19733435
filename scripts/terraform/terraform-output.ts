/** The number of resources a plan, apply or destroy says it was about. */
export function counted(output: string): number {
  const [last] = [
    ...output.matchAll(
      /^(?:Plan: |Apply complete! Resources: |Destroy complete! Resources: )(?<count>\d+)/gm,
    ),
  ].slice(-1);
  return Number(last?.groups?.count ?? 0);
}

/** What a person must read of a failed command: its errors, or the changes of a plan that should have none, in full. */
export function essence(output: string): string {
  const start = [/^Error: /m, /^(Terraform will perform the following|Changes to Outputs:)/m]
    .map((pattern) => output.search(pattern))
    .find((position) => position !== -1);
  return output.slice(start ?? 0);
}

/** What to do when an apply failed because things are there already; empty when it failed otherwise. */
export function leftovers(output: string): string {
  return /already (exists|owned|in use)|Already(Exists|OwnedByYou)|EntityAlreadyExists/.test(output)
    ? "\n\nObjects of these names are in the emulator already: a rehearsal that was killed has left them, or another is " +
        "running now. Wait for it, or restart the emulator, which forgets everything."
    : "";
}

import { Command } from "commander";

/**
 * The nearest of some names, for the end of an error: those that begin with the word, else what Commander suggests, which knows
 * suggestions for commands and options alone.
 */
export function suggest(word: string, names: readonly string[]): string {
  const completions = names.filter((name) => word && name.startsWith(word));
  if (completions.length > 0) return `\n(Did you mean ${completions.join(" or ")}?)`;
  const commands = new Command()
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  for (const name of names) commands.command(name);
  try {
    commands.parse(["--", word], { from: "user" });
  } catch (error) {
    return /\n\(Did you mean .*\)$/.exec((error as Error).message)?.[0] ?? "";
  }
  return "";
}

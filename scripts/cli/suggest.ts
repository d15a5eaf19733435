import { Command } from "commander";

/**
 * The nearest of some names, for the end of an error: those that begin with the word, else those that resemble it, else those whose
 * beginning does.
 */
export function suggest(word: string, names: readonly string[]): string {
  const typed = word.toLowerCase();
  if (!typed) return "";
  const withBeginning = (beginnings: readonly string[]) =>
    names.filter((name) => beginnings.some((beginning) => name.startsWith(beginning)));
  const nearest = [
    () => withBeginning([typed]),
    () => findSimilar(typed, names),
    () => withBeginning(findSimilar(typed, [...new Set(names.map((name) => name.slice(0, typed.length + 1)))])),
  ];
  for (const find of nearest) {
    const found = find();
    if (found.length > 0) return `\n(Did you mean ${found.join(" or ")}?)`;
  }
  return "";
}

/** What Commander suggests, which knows suggestions for commands and options alone. */
function findSimilar(word: string, names: readonly string[]): string[] {
  const commands = new Command()
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  for (const name of names) commands.command(name);
  try {
    commands.parse(["--", word], { from: "user" });
  } catch (error) {
    return /\n\(Did you mean (?:one of )?(.*)\?\)$/.exec((error as Error).message)?.[1]?.split(", ") ?? [];
  }
  return [];
}

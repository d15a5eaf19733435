import { type Argument, InvalidArgumentError, Option } from "commander";
import { uuidPattern } from "../../service/platform/uuid.ts";
import { environmentNames } from "../../stacks/environment-files.ts";
import { suggest } from "./suggest.ts";

/** `--environment <name>`: a deployed environment. */
export const environmentOption = (description = "the deployed environment", flags = "--environment <name>"): Option =>
  withChoices(new Option(flags, description), environmentNames);

/** Lets an option or an argument take one of these names. For any other, the error suggests the nearest one. */
export function withChoices<Target extends Option | Argument>(target: Target, names: readonly string[]): Target {
  target.choices(names);
  target.argParser((name: string) => {
    requireChoices([name], names);
    return name;
  });
  return target;
}

/** Lets an option take some of these names, separated by commas, or `all`. Its flags end in `<name,...>`. */
export function withListOfChoices(option: Option, names: readonly string[]): Option {
  const choices = ["all", ...names];
  return option.choices(choices).argParser((list: string) => {
    const chosen = list.split(",");
    requireChoices(chosen, choices);
    return chosen.includes("all") ? names : chosen;
  });
}

function requireChoices(chosen: readonly string[], names: readonly string[]): void {
  const unknown = chosen.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const what = chosen.length > 1 ? `There is no ${unknown}. ` : "";
  throw new InvalidArgumentError(`${what}Allowed choices are ${names.join(", ")}.${suggest(unknown, names)}`);
}

/** `--json`: prints the result as JSON on standard output. */
export const jsonOption = (description = "print the result as JSON"): Option => new Option("--json", description);

/** `--yes`: skips the confirmation. */
export const yesOption = (description = "skip the confirmation"): Option => new Option("--yes", description);

/** `--replace <name>`: names what the command drops, in scripts too. */
export const replaceOption = (description: string): Option => new Option("--replace <name>", description);

/** `--dry-run`: prints what the command would do. */
export const dryRunOption = (description = "print the changes without making them"): Option =>
  new Option("--dry-run", description);

/** Parses a whole number from `min` to `max`, with or without its unit after it. */
export function wholeNumberParser(unit: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text.endsWith(unit) ? text.slice(0, -unit.length) : text);
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number of ${unit}, from ${min} to ${max}.`);
  };
}

/**
 * Parses the id of a user, in lower or upper case.
 * @param source where the id is found, as the end of the error
 */
export const userIdParser =
  (source: string) =>
  (text: string): string => {
    const id = text.toLowerCase();
    if (uuidPattern.test(id)) return id;
    throw new InvalidArgumentError(`It must be a UUID, as ${source}.`);
  };

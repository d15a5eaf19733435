import { InvalidArgumentError, Option } from "commander";
import { deployedEnvironments } from "../../service/contract.ts";

/** `--environment <name>`: a deployed environment. */
export const environmentOption = (description = "the deployed environment"): Option =>
  new Option("--environment <name>", description).choices(deployedEnvironments);

/** `--json`: prints the result as JSON on standard output. */
export const jsonOption = (description = "print the result as JSON"): Option => new Option("--json", description);

/** `--yes`: skips the confirmation. */
export const yesOption = (description = "skip the confirmation"): Option => new Option("--yes", description);

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

import { InvalidArgumentError, Option } from "commander";
import { deployedEnvironments } from "../../service/contract.ts";

/** `--environment <name>`: a deployed environment. */
export const environmentOption = (description = "the environment to work on"): Option =>
  new Option("--environment <name>", description).choices(deployedEnvironments);

/** `--json`: prints the result as JSON on standard output. */
export const jsonOption = (description = "print the result as JSON"): Option =>
  new Option("--json", description);

/** `--yes`: does not ask for confirmation. */
export const yesOption = (): Option => new Option("--yes", "do not ask for confirmation");

/** `--dry-run`: prints what the command would do. */
export const dryRunOption = (description = "print what would change, and change nothing"): Option =>
  new Option("--dry-run", description);

/** Parses a whole number from `least` to `most`, with or without its unit behind it. */
export function wholeNumberParser(unit: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text.endsWith(unit) ? text.slice(0, -unit.length) : text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number of ${unit}, from ${least} to ${most}.`);
  };
}

import { join } from "node:path";
import type { Command } from "commander";
import { program } from "../../../scripts/ops.ts";
import { run } from "./run.ts";
import { accepted, refused, type Tool } from "./tool.ts";

const script = join(import.meta.dirname, "..", "..", "..", "scripts", "ops.ts");

/**
 * `npm run ops --`: some commands are carried out, and of all others the program itself checks names, options and values
 * without carrying them out.
 *
 * @param isReal whether a command is carried out
 * @param variables what it then knows
 */
export function opsTool(
  isReal: (command: string) => boolean,
  variables: Readonly<Record<string, string>>,
): Tool {
  let complaints = "";
  silence(program, (text) => {
    complaints += text;
  });
  return async ({ args, cwd }) => {
    complaints = "";
    try {
      program.parse(args, { from: "user" });
    } catch {
      return refused(complaints);
    }
    if (!isReal(args.join(" "))) return accepted();
    return run(process.execPath, ["--import", import.meta.resolve("tsx"), script, ...args], {
      cwd,
      env: { PATH: process.env.PATH, ...variables },
    });
  };
}

/** Has a program say what is wrong, and do nothing. */
function silence(command: Command, complain: (text: string) => void): void {
  command.exitOverride().configureOutput({ writeErr: complain, writeOut: () => {} });
  if (command.commands.length === 0) command.action(() => {});
  for (const each of command.commands) silence(each, complain);
}

import type { Command, CommanderError } from "commander";
import { createProgram } from "../../../scripts/ops.ts";
import { compileOps } from "../compiled-program.ts";
import { run } from "./run.ts";
import { type Answer, accepted, refused, type Tool } from "./tool.ts";

/**
 * `npm run ops --`: some commands are carried out, and of all others the program itself checks names, options and values
 * without carrying them out.
 *
 * @param isReal whether a command is carried out
 * @param variables what it then knows
 * @param checks further checks of those that are not carried out, by the command's name
 */
export function opsTool(
  isReal: (command: string) => boolean,
  variables: Readonly<Record<string, string>>,
  checks: Readonly<Record<string, (command: Command, cwd: string) => Promise<Answer>>> = {},
): Tool {
  const program = createProgram();
  let said = "";
  silence(program, (text) => {
    said += text;
  });
  return async ({ args, cwd }) => {
    said = "";
    try {
      program.parse(args, { from: "user" });
    } catch (error) {
      return (error as CommanderError).exitCode === 0 ? accepted(said) : refused(said);
    }
    const name = args[0]!;
    if (checks[name]) return checks[name](program.commands.find((command) => command.name() === name)!, cwd);
    if (!isReal(args.join(" "))) return accepted();
    return run(process.execPath, [await compileOps(), ...args], { cwd, env: { PATH: process.env.PATH, ...variables } });
  };
}

/** Has a program say what is wrong, and do nothing. */
export function silence(command: Command, say: (text: string) => void): void {
  command.exitOverride().configureOutput({ writeErr: say, writeOut: say });
  if (isLeaf(command)) command.action(() => {});
  for (const each of command.commands) silence(each, say);
}

/** A command that does something. */
export interface Leaf {
  readonly command: Command;
  /** Such as `backup create`, in words. */
  readonly path: readonly string[];
}

/** Whether a command does something. A group of commands has no options; `release`, which has a subcommand, has some. */
export const isLeaf = ({ commands, options, parent }: Command): boolean =>
  commands.length === 0 || (parent !== null && options.length > 0);

/** The commands of a program that do something, in the order of its help. */
export const findLeaves = (command: Command, path: readonly string[] = []): Leaf[] => [
  ...(isLeaf(command) ? [{ command, path }] : []),
  ...command.commands.flatMap((child) => findLeaves(child, [...path, child.name()])),
];

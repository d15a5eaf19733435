import { Argument, type Command } from "commander";
import { withChoices } from "./options.ts";
import { suggest } from "./suggest.ts";
import { describeVersion } from "./version.ts";

/** Registers `completion` and `help`, and the option `--version` of the program. */
export function registerCommandLine(program: Command): void {
  // Other commands need not wait for git.
  const version = process.argv.includes("--version") ? describeVersion() : "unknown";
  program.version(version, "--version", "show the version and the commit");
  program
    .command("completion")
    .description("print a script that completes command lines of `ops` in bash or zsh")
    .addArgument(withChoices(new Argument("<shell>", "your shell"), ["bash", "zsh"]))
    .addHelpText(
      "after",
      `
In bash 4 or later, or in zsh:

  source <(npm run -s ops -- completion bash)

The script also defines the function \`ops\`, which runs \`npm run -s ops --\` of this repository from any folder. Paths of files are
relative to the repository. To have both in every shell, see docs/command-line.md.`,
    )
    .action(async (shell: "bash" | "zsh") => {
      const { formatCompletion } = await import("./completion.ts");
      process.stdout.write(formatCompletion(program, shell));
    });

  program
    .command("help")
    .description("show the help of a command")
    .argument("[command...]", "such as `backup create`")
    .action(async (names: string[]) => {
      await program.parseAsync([...names, "--help"], { from: "user" });
    });
  // Commander answers `--help` and `help` of an unknown command with the help of its group, and that of a command which also does
  // something itself with what that lacks.
  program.addHelpText("beforeAll", ({ command }) => {
    refuseUnknownCommand(command, command.args);
    return "";
  });
  program.hook("preSubcommand", (_, command) => refuseUnknownCommand(command, program.args.slice(1, 2)));
}

function refuseUnknownCommand(command: Command, words: readonly string[]): void {
  const name = words.find((word) => word !== "help");
  const names = command.commands.map((each) => each.name());
  if (!name || names.length === 0 || name.startsWith("-") || names.includes(name)) return;
  command.error(`error: unknown command '${name}'${suggest(name, names)}`);
}

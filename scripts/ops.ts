import { realpathSync } from "node:fs";
import { styleText } from "node:util";
import { Command } from "commander";
import { productName } from "../service/company.ts";
import { registerAtlas } from "./atlas/commands.ts";
import { registerBackup } from "./backup/commands.ts";
import { registerCalendar } from "./calendar/commands.ts";
import { registerCapacity } from "./capacity/commands.ts";
import { registerCommandLine } from "./cli/commands.ts";
import { runCommand } from "./cli/run-command.ts";
import { registerCost } from "./cost/commands.ts";
import { registerCredentials } from "./credentials/commands.ts";
import { registerDeploy } from "./deploy/commands.ts";
import { registerDoctor } from "./doctor/commands.ts";
import { registerDrill } from "./drill/commands.ts";
import { registerGit } from "./git-mirror/commands.ts";
import { registerMigrations } from "./migrations/commands.ts";
import { registerPepper } from "./pepper/commands.ts";
import { registerPlanReview } from "./plan-review/commands.ts";
import { registerPreview } from "./preview/commands.ts";
import { registerPrivacy } from "./privacy/commands.ts";
import { registerRelease } from "./release/commands.ts";
import { registerShellVariables } from "./shell-variables/commands.ts";
import { registerKeys } from "./signing-keys/commands.ts";
import { registerSizing } from "./sizing/commands.ts";
import { registerTraffic } from "./traffic/commands.ts";
import { registerUsers } from "./users/commands.ts";

/** The command line of operators. A new one for each run, since Commander keeps in it what it has parsed. */
export function createProgram(): Command {
  const program = new Command("ops")
    .description(`Operates ${productName}. After an interruption, run a command again: it does only what is left.`)
    // Commander removes it where no person reads, and with NO_COLOR.
    .configureHelp({ styleTitle: (title) => styleText("bold", title, { validateStream: false }) })
    .configureOutput({ outputError: (text, write) => write(styleText("red", text, { stream: process.stderr })) })
    .showHelpAfterError("(add --help to see what is possible)")
    // Options belong to the command before them: `release` and `release verify` have some of the same names.
    .enablePositionalOptions();

  program.commandsGroup("Set up and deploy:");
  registerDoctor(program);
  registerDeploy(program);
  registerMigrations(program);
  registerGit(program);
  registerPreview(program);

  program.commandsGroup("Review changes:");
  registerPlanReview(program);

  program.commandsGroup("Release:");
  registerRelease(program);

  program.commandsGroup("Handle and practise incidents:");
  registerShellVariables(program);
  registerTraffic(program);
  registerDrill(program);

  program.commandsGroup("Back up and restore:");
  registerBackup(program);
  registerAtlas(program);

  program.commandsGroup("Users and personal data:");
  registerPrivacy(program);
  registerUsers(program);

  program.commandsGroup("Keys and credentials:");
  registerKeys(program);
  registerPepper(program);
  registerCredentials(program);
  registerCalendar(program);

  program.commandsGroup("Cost and sizing:");
  registerCost(program);
  registerCapacity(program);
  registerSizing(program);

  program.commandsGroup("Command line:");
  registerCommandLine(program);
  return program;
}

if (import.meta.filename === realpathSync(process.argv[1]!)) {
  await runCommand(() => createProgram().parseAsync());
}

import { writeSync } from "node:fs";
import { Argument, type Command } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environmentNames } from "../../stacks/environment-files.ts";
import { withChoices } from "../cli/options.ts";

/** Registers `env`. */
export function registerShellVariables(program: Command): void {
  program
    .command("env")
    .description("set up a shell for the runbooks: print the variables of an environment, once its account is checked")
    .addArgument(withChoices(new Argument("<environment>", "the deployed environment"), environmentNames))
    .option("--skip-account-check", "set the variables although you cannot sign in to AWS")
    .addHelpText(
      "after",
      `
In bash 4 or later, or in zsh:

  source <(npm run -s ops -- env production || echo 'unset ENVIRONMENT; false')

It prints no secret. If the AWS credentials do not belong to the environment's account, \`source\` fails, and the shell has no
ENVIRONMENT: not even one that was set before. See runbooks/README.md.`,
    )
    .exitOverride(({ exitCode }) => {
      // The status of help is 0.
      if (exitCode !== 0) refuse();
    })
    .action(async (name: DeployedEnvironment, { skipAccountCheck }: { skipAccountCheck?: boolean }) => {
      const { formatExports, getShellVariables, requireEnvironmentAccount } = await import("./shell-variables.ts");
      const variables = getShellVariables(name);
      try {
        if (!skipAccountCheck) await requireEnvironmentAccount(name);
      } catch (error) {
        refuse();
        throw error;
      }
      process.stdout.write(formatExports(variables));
      console.error(
        `${name}: account ${variables.ACCOUNT}, ${variables.AWS_REGION}, ${variables.API}${skipAccountCheck ? "; the account is unchecked" : ""}`,
      );
    });
}

/**
 * Has `source` fail. A shell in which another environment was set up before loses it: without ENVIRONMENT, the commands of the
 * runbooks end with an error in place of acting on that one.
 */
function refuse(): void {
  // Commander exits the process as soon as this returns.
  writeSync(process.stdout.fd, "unset ENVIRONMENT ACCOUNT API\nfalse\n");
}

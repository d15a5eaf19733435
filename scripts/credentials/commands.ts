import { type Command, Option } from "commander";
import { type DeployedEnvironment, deployedEnvironments } from "../../service/contract.ts";
import { type DeployRole, deployRoles } from "./roles.ts";

/** Adds `credentials` to a program. */
export function registerCredentials(program: Command): void {
  program
    .command("credentials")
    .description("credentials by which environments are deployed")
    .command("revoke")
    .description("end all sessions of a deploy role that were begun until now: somebody else may have one")
    .addOption(
      new Option("--environment <name>", "the environment to work on")
        .choices(deployedEnvironments)
        .makeOptionMandatory(),
    )
    .addOption(new Option("--role <role>", "the deploy role").choices(deployRoles).makeOptionMandatory())
    .addHelpText(
      "after",
      "\nNeeds an administrator's credentials. Runs that are under way fail; see runbooks/leaked-credentials.md.",
    )
    .action(async ({ environment, role }: { environment: DeployedEnvironment; role: DeployRole }) =>
      (await import("./revoke.ts")).revokeSessions(environment, role),
    );
}

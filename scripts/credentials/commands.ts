import { type Command, Option } from "commander";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environmentOption } from "../cli/options.ts";
import { type DeployRole, deployRoles } from "./roles.ts";

/** Registers `secrets` and `credentials`. */
export function registerCredentials(program: Command): void {
  program
    .command("secrets")
    .description("secrets that must exist before the service starts")
    .command("create")
    .description("create the secret parameters that an environment lacks; existing ones are never changed")
    .addOption(environmentOption().makeOptionMandatory())
    .action(async ({ environment }: { environment: DeployedEnvironment }) =>
      (await import("./secrets.ts")).createSecrets(environment, console.log),
    );

  program
    .command("credentials")
    .description("credentials by which environments are deployed")
    .command("revoke")
    .description("end all sessions of a deploy role that were begun until now: somebody else may have one")
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(new Option("--role <role>", "the deploy role").choices(deployRoles).makeOptionMandatory())
    .addHelpText(
      "after",
      "\nNeeds an administrator's credentials. Runs that are under way fail; see runbooks/leaked-credentials.md.",
    )
    .action(async ({ environment, role }: { environment: DeployedEnvironment; role: DeployRole }) => {
      const { roleName, before } = await (await import("./revoke.ts")).revokeSessions(environment, role);
      console.log(
        `sessions of ${roleName} from before ${before.toISOString()} are refused everything, everywhere within some minutes`,
      );
    });
}

import { type Command, Option } from "commander";
import { environmentOption, withChoices } from "../cli/options.ts";
import { deployRoles } from "./roles.ts";

/** Registers `secrets` and `credentials`. */
export function registerCredentials(program: Command): void {
  program
    .command("secrets")
    .description("manage the secret parameters of the service")
    .command("create")
    .description("create the missing secret parameters of an environment; existing ones are never changed")
    .addOption(environmentOption().makeOptionMandatory())
    .action(async ({ environment }) => (await import("./secrets.ts")).createSecrets(environment, console.log));

  program
    .command("credentials")
    .description("manage the credentials of deployments")
    .command("revoke")
    .description("revoke all current sessions of a deploy role (use it if credentials may be compromised)")
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(withChoices(new Option("--role <role>", "the deploy role"), deployRoles).makeOptionMandatory())
    .addHelpText(
      "after",
      "\nNeeds an administrator's credentials. Runs in progress fail. See runbooks/leaked-credentials.md.",
    )
    .action(async ({ environment, role }) => {
      const { roleName, before } = await (await import("./revoke.ts")).revokeSessions(environment, role);
      console.log(
        `revoked the sessions of ${roleName} from before ${before.toISOString()}; AWS applies this everywhere within minutes`,
      );
    });
}

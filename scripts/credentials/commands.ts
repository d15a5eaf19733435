import { type Command, Option } from "commander";
import { resumable } from "../cli/interruptible.ts";
import { dryRunOption, environmentOption, jsonOption, withChoices, yesOption } from "../cli/options.ts";
import { createLog, printJson } from "../cli/output.ts";
import type { RevokeOptions } from "./revoke.ts";
import { deployRoles } from "./roles.ts";
import type { SecretsOptions } from "./secrets.ts";

interface JsonOptions {
  readonly json?: boolean;
}

/** Registers `secrets` and `credentials`. */
export function registerCredentials(program: Command): void {
  program
    .command("secrets")
    .description("manage the secret parameters of the service")
    .command("create")
    .description("create the missing secret parameters of an environment; existing ones are never changed")
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .action(
      resumable(async ({ json, ...options }: SecretsOptions & JsonOptions) => {
        const secrets = await (await import("./secrets.ts")).createSecrets(options, createLog(json));
        if (json) printJson({ environment: options.environment, secrets });
      }),
    );

  program
    .command("credentials")
    .description("manage the credentials of deployments")
    .command("revoke")
    .description("revoke all current sessions of a deploy role (use it if credentials may be compromised)")
    .addOption(environmentOption().makeOptionMandatory())
    .addOption(withChoices(new Option("--role <role>", "the deploy role"), deployRoles).makeOptionMandatory())
    .addOption(yesOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nNeeds an administrator's credentials. Runs in progress fail. See runbooks/leaked-credentials.md.",
    )
    .action(
      resumable(async ({ json, ...options }: RevokeOptions & JsonOptions) => {
        const result = await (await import("./revoke.ts")).revokeSessions(options);
        if (json) return printJson(result);
        const { roleName, before, outcome } = result;
        console.log(
          `${outcome} the sessions of ${roleName} from before ${before.toISOString()}; AWS applies this everywhere within minutes`,
        );
      }),
    );
}

import { preTrafficFunction, probeAccountParameter } from "../../../scripts/release/pre-traffic/contract.ts";
import { deploymentApplication, parameterPath, variables } from "../../../service/contract.ts";
import { type EcobeatStack, resourceName } from "../../ecobeat-stack.ts";
import { functionArchitecture } from "../../environments.ts";
import type { FoundationStack } from "../../foundation.ts";
import type { FunctionArchive } from "./archive-function.ts";
import { CodeDeploy, type ReleasedFunction } from "./code-deploy.ts";
import { PreTrafficCheck } from "./pre-traffic-check.ts";

export interface ReleasesProps {
  readonly foundation: FoundationStack;
  /** What the function that tries new versions runs. */
  readonly archive: FunctionArchive;
  readonly functions: readonly ReleasedFunction[];
}

/** Adds what moves the functions' aliases from version to version, and what may stop it. */
export function addReleases(stack: EcobeatStack, { foundation, archive, functions }: ReleasesProps): void {
  const { environment } = stack;
  const { region, accountId } = environment;
  const application = deploymentApplication(environment.name);
  const { lambda } = new PreTrafficCheck(stack, "pre-traffic", {
    name: resourceName(environment, preTrafficFunction),
    region,
    accountId,
    application,
    functions: functions.map((released) => released.function),
    accountParameter: parameterPath(environment.name, probeAccountParameter),
    encryptionKey: foundation.dataKey,
    archive,
    architecture: functionArchitecture,
    runtime: environment.functions.runtime,
    environmentVariables: { [variables.environment]: environment.name },
    logRetentionDays: environment.logRetentionDays,
    logEncryptionKey: foundation.logKey,
  });
  new CodeDeploy(stack, "code-deploy", {
    application,
    roleName: resourceName(environment, "code-deploy"),
    region,
    accountId,
    functions,
    configuration: environment.functions.deploymentConfiguration,
    hook: lambda,
  });
}

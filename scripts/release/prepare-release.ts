import type { MigrationOutcome } from "../../service/contract.ts";
import { migrationFunction } from "../../stacks/names.ts";
import { invokeFunction } from "../aws/invoke-function.ts";
import { getReason, OperatorError } from "../cli/errors.ts";
import type { ReleaseArchives } from "./archive.ts";
import type { DeployContext } from "./deploy-context.ts";
import { preTrafficFunctionId } from "./pre-traffic/contract.ts";

/**
 * Does what must precede the traffic of a release: the functions `migrate` and `pre-traffic` get the archives of the release, and
 * `migrate` creates the missing indexes. Documents wait until no earlier release runs. A repeated run changes only what is left.
 *
 * @returns names of the created indexes
 * @throws {OperatorError} if a function does not exist, another user releases at the same time, or an index cannot be created
 */
export async function prepareRelease(
  { environment, functions, output }: Pick<DeployContext, "environment" | "functions" | "output">,
  { service, preTraffic }: ReleaseArchives,
): Promise<readonly string[]> {
  // Terraform changes the architecture of `api`, and not that of `migrate`, whose code it leaves alone.
  await functions.replaceArchive(migrationFunction, service, "api");
  if (preTraffic) await functions.replaceArchive(preTrafficFunctionId, preTraffic);
  const { created, migrations } = await createIndexes(environment, service.sha256);
  if ((await functions.getArchiveHash(migrationFunction)) !== service.sha256) {
    throw new OperatorError("migration-archive-replaced", {
      what: "No traffic was shifted.",
      why: `Another user has replaced the archive of ${migrationFunction} while it created indexes.`,
      action: "Ask who it is, and run the command again when they are done.",
    });
  }
  output.log(
    `indexes: archive ${service.sha256}: ${created.length > 0 ? `created ${created.join(", ")}` : "all exist"}`,
  );
  const unfinished = migrations.filter(({ state }) => state === "pending" || state === "in progress");
  for (const { name, state } of unfinished) {
    output.log(
      `migration: ${name} is ${state}. After the release: npm run ops -- migrate --environment ${environment}`,
    );
  }
  return created;
}

async function createIndexes(environment: DeployContext["environment"], sha256: string): Promise<MigrationOutcome> {
  try {
    return (await invokeFunction<MigrationOutcome>(environment, migrationFunction)).result;
  } catch (error) {
    throw new OperatorError("migration-failed", {
      what: `No traffic was shifted: archive ${sha256} did not create all indexes.`,
      why: getReason(error),
      action: `${error instanceof OperatorError ? error.action : ""} Running it again is safe.`,
      cause: error,
    });
  }
}

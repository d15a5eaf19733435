import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import type { Deployment } from "./deployments.ts";
import { type FunctionStates, type ReleasedFunction, releasedFunctions } from "./functions.ts";
import type { LoggedStep } from "./release-log.ts";

/** The deployment of each function that goes on. */
export type UnderWay = Readonly<Record<ReleasedFunction, Deployment | undefined>>;

/**
 * Refuses to release while another archive is on its way. A deployment of this archive was begun by a run that was interrupted, and
 * is taken up.
 *
 * @param newest the last line of the release log
 * @throws {ConfigurationError} with who is to do what
 */
export function refuseOthers(
  environment: DeployedEnvironment,
  states: FunctionStates,
  underWay: UnderWay,
  sha256: string,
  newest: LoggedStep | undefined,
): void {
  const end = `end it with \`npm run ops -- rollback --environment ${environment}\``;
  for (const id of releasedFunctions) {
    const { live, versions } = states[id];
    const deployment = underWay[id];
    if (deployment) {
      const { from, to } = deployment.versions ?? {};
      const isOurs = versions.some((each) => each.version === to && each.sha256 === sha256);
      if (isOurs && !deployment.isRollback) continue;
      const where = from === undefined ? "" : ` from ${from} to ${to}`;
      const last = newest ? ` The release log's last line is "${newest.what}", by ${newest.by}.` : "";
      throw new ConfigurationError(
        `Nothing was released: ${deployment.id} moves ${id}${where} since ${deployment.at}.${last} ` +
          `Wait until it has ended, or ${end}, and run this again.`,
      );
    }
    if (live.others.length > 0) {
      throw new ConfigurationError(
        `Nothing was released: versions ${[live.version, ...live.others].join(" and ")} of ${id} serve, and no deployment is under ` +
          `way: something was left half done. First ${end}.`,
      );
    }
  }
}

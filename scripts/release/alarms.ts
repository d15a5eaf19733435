import { CloudWatchClient, type DescribeAlarmsCommandInput, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import type { AlarmConfiguration } from "@aws-sdk/client-codedeploy";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { getReason, OperatorError } from "../cli/errors.ts";
import type { Deployments } from "./deployments.ts";
import { type ReleasedFunction, releasedFunctions } from "./functions.ts";

/** The alarms of a deployment group. */
export interface GroupAlarms {
  readonly configuration: AlarmConfiguration;
  /** Names of those in ALARM: CodeDeploy stops each deployment of the group. */
  readonly firing: readonly string[];
}

export type FunctionAlarms = Readonly<Record<ReleasedFunction, GroupAlarms>>;

/** Alarms must not delay a rollback for long. */
const rollbackTimeoutMs = 3_000;

/**
 * The alarms in ALARM that a query selects, from all of its pages.
 * @throws an error of the SDK, if AWS refuses the call
 */
export async function findFiringAlarms(
  client: CloudWatchClient,
  query: Pick<DescribeAlarmsCommandInput, "AlarmNames" | "AlarmNamePrefix">,
  abortSignal?: AbortSignal,
): Promise<string[]> {
  const found: string[] = [];
  const pages = paginateDescribeAlarms({ client }, { ...query, StateValue: "ALARM" }, abortSignal && { abortSignal });
  for await (const { MetricAlarms = [] } of pages) found.push(...MetricAlarms.map(({ AlarmName }) => AlarmName!));
  return found;
}

/**
 * Reads the alarms of both deployment groups.
 * @throws {OperatorError} if AWS refuses a call
 */
export async function readGroupAlarms(
  environment: DeployedEnvironment,
  deployments: Deployments,
  deadline?: AbortSignal,
): Promise<FunctionAlarms> {
  const [api, auth] = await Promise.all(releasedFunctions.map((id) => deployments.getAlarms(id, deadline)));
  const names = [...new Set([...toNames(api!), ...toNames(auth!)])];
  const { region } = getEnvironment(environment);
  const client = new CloudWatchClient({ region, requestHandler: createRequestLimits() });
  const firing =
    names.length === 0
      ? []
      : await findFiringAlarms(client, { AlarmNames: names }, deadline).catch((error: unknown) => {
          const { why, action } = explainAwsFailure("AWS CloudWatch", error);
          throw new OperatorError("alarms-unknown", {
            what: `The state of the alarms of ${environment} is unknown.`,
            why,
            action,
            cause: error,
          });
        });
  const toAlarms = (configuration: AlarmConfiguration): GroupAlarms => ({
    configuration,
    firing: toNames(configuration).filter((name) => firing.includes(name)),
  });
  return { api: toAlarms(api!), auth: toAlarms(auth!) };
}

/**
 * Names of the firing alarms of both deployment groups, for a rollback.
 * @returns `undefined` if AWS does not respond in time, after a warning
 */
export async function tryReadFiringAlarms(
  environment: DeployedEnvironment,
  deployments: Deployments,
  warn: (line: string) => void,
): Promise<string[] | undefined> {
  try {
    return listFiringAlarms(await readGroupAlarms(environment, deployments, AbortSignal.timeout(rollbackTimeoutMs)));
  } catch (error) {
    warn(`Which alarms are in ALARM is unknown. ${getReason(error)} The rollback continues.`);
    return undefined;
  }
}

/** Names of the firing alarms of functions' deployment groups, each once. */
export const listFiringAlarms = (
  alarms: FunctionAlarms,
  ids: readonly ReleasedFunction[] = releasedFunctions,
): string[] => [...new Set(ids.flatMap((id) => alarms[id].firing))];

/**
 * The alarms of a deployment that must not be stopped by those that fire already. The others can still stop it:
 * https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeployment.html
 *
 * @returns `undefined` if none fires: the deployment uses the configuration of its group
 */
export function toAlarmOverride({ configuration, firing }: GroupAlarms): AlarmConfiguration | undefined {
  if (firing.length === 0) return undefined;
  const alarms = (configuration.alarms ?? []).filter(({ name }) => !firing.includes(name!));
  return { ...configuration, enabled: alarms.length > 0, alarms };
}

/**
 * Refuses a release that CodeDeploy would stop.
 * @param ids functions whose traffic is about to shift
 * @throws {OperatorError} if an alarm of one of their deployment groups is firing
 */
export function assertNoFiringAlarms(alarms: FunctionAlarms, ids: readonly ReleasedFunction[]): void {
  const firing = listFiringAlarms(alarms, ids);
  if (firing.length === 0) return;
  throw new OperatorError("alarm-firing", {
    what: "Nothing was released.",
    why: `Alarms are in ALARM: ${firing.join(", ")}. CodeDeploy stops a deployment while an alarm of its group is in ALARM.`,
    action:
      "Wait until they are in OK, or roll back if the last release set them off. If this release is the fix, add --override-alarms: " +
      "see runbooks/release.md.",
  });
}

/** Says which alarms are firing, and what that means for a release. */
export function formatAlarms(alarms: FunctionAlarms, isOverridden: boolean): string {
  const firing = listFiringAlarms(alarms);
  if (firing.length === 0) return `alarms in ALARM: none${isOverridden ? "; --override-alarms has no effect" : ""}`;
  const consequence = isOverridden
    ? "the new deployments ignore them, and all other alarms can stop them"
    : "a release needs --override-alarms";
  return `alarms in ALARM: ${firing.join(", ")}; ${consequence}`;
}

/** An alarm configuration that is not enabled stops nothing. */
const toNames = ({ enabled, alarms = [] }: AlarmConfiguration): string[] =>
  enabled ? alarms.map(({ name }) => name!) : [];

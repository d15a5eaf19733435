import { restoreTest } from "../../scripts/backup/contract.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { allow, type PolicyStatement } from "../constructs/identity/policy-document.ts";
import { deploymentApplication, functionName, migrationFunction, releaseLogName } from "../names.ts";

/** The environment that workflows release to. */
export interface ReleaseTarget {
  readonly environment: DeployedEnvironment;
  readonly accountId: string;
  readonly region: string;
  /** Name of CodeDeploy's configuration for traffic shifts. */
  readonly deploymentConfiguration: string;
}

/** The functions that releases update. */
const releasedFunctions = ["api", "auth"];

/** To see which version serves traffic, and its commit. */
const inspectionStatements = (target: ReleaseTarget): PolicyStatement[] => [
  allow(
    "ReadFunctions",
    toReleasedArns(target),
    "lambda:GetAlias",
    "lambda:GetFunction",
    "lambda:ListVersionsByFunction",
  ),
  allow("ReadReleaseLog", [toReleaseLogArn(target)], "logs:GetLogEvents"),
];

/** To see what another environment can take over from this one: `npm run ops -- promote` reads this from staging. */
export const promotionStatements = (target: ReleaseTarget): PolicyStatement[] => [
  ...inspectionStatements(target),
  // To list firing alarms requires access to all alarms.
  allow("ReadAlarms", [toArn(target, "cloudwatch", "alarm:*")], "cloudwatch:DescribeAlarms"),
];

/** To release, to roll back and to create indexes: for the commands `release`, `promote`, `rollback` and `migrate`. */
export function releaseStatements(target: ReleaseTarget): PolicyStatement[] {
  const application = deploymentApplication(target.environment);
  const toCodeDeployArn = (resource: string) => toArn(target, "codedeploy", resource);
  return [
    ...inspectionStatements(target),
    allow(
      "UpdateFunctions",
      toReleasedArns(target),
      "lambda:GetFunctionConfiguration",
      "lambda:PublishVersion",
      "lambda:UpdateAlias",
      "lambda:UpdateFunctionCode",
    ),
    toInvokeStatement(target, migrationFunction),
    // CodeDeploy reads the application's revisions and the configuration with the permissions of its caller.
    allow(
      "Application",
      [toCodeDeployArn(`application:${application}`)],
      "codedeploy:GetApplicationRevision",
      "codedeploy:RegisterApplicationRevision",
    ),
    allow(
      "Deployments",
      releasedFunctions.map((id) =>
        toCodeDeployArn(`deploymentgroup:${application}/${functionName(target.environment, id)}`),
      ),
      "codedeploy:CreateDeployment",
      "codedeploy:GetDeployment",
      "codedeploy:ListDeployments",
    ),
    allow(
      "DeploymentConfiguration",
      [toCodeDeployArn(`deploymentconfig:${target.deploymentConfiguration}`)],
      "codedeploy:GetDeploymentConfig",
    ),
    // CodeDeploy supports no narrower resource for it.
    allow("StopDeployment", ["*"], "codedeploy:StopDeployment"),
    allow("WriteReleaseLog", [toReleaseLogArn(target)], "logs:CreateLogStream", "logs:PutLogEvents"),
  ];
}

/** To invoke the restore test. */
export const restoreTestStatements = (target: ReleaseTarget): PolicyStatement[] => [
  toInvokeStatement(target, restoreTest.functionName),
];

const toInvokeStatement = (target: ReleaseTarget, id: string): PolicyStatement =>
  allow(
    "InvokeFunction",
    [toArn(target, "lambda", `function:${functionName(target.environment, id)}`)],
    "lambda:InvokeFunction",
  );

/** The released functions, with their versions and aliases. */
const toReleasedArns = (target: ReleaseTarget): string[] =>
  releasedFunctions.flatMap((id) => {
    const arn = toArn(target, "lambda", `function:${functionName(target.environment, id)}`);
    return [arn, `${arn}:*`];
  });

const toReleaseLogArn = (target: ReleaseTarget): string =>
  toArn(target, "logs", `log-group:${releaseLogName(target.environment)}:log-stream:*`);

const toArn = ({ accountId, region }: ReleaseTarget, service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;

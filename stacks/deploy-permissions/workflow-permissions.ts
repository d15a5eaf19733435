import { restoreTest, snapshotExports } from "../../scripts/backup/contract.ts";
import { preTrafficFunctionId } from "../../scripts/release/pre-traffic/contract.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import type { BackupBucket } from "../constructs/backup/backup-bucket.ts";
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

/** The functions without versions, whose archive releases replace. */
const unversionedFunctions = [migrationFunction, preTrafficFunctionId];

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
  allow("ReadPreTrafficArchive", [toFunctionArn(target, preTrafficFunctionId)], "lambda:GetFunction"),
  readAlarms(target),
];

/** To list firing alarms requires access to all alarms. */
const readAlarms = (target: ReleaseTarget): PolicyStatement =>
  allow("ReadAlarms", [toArn(target, "cloudwatch", "alarm:*")], "cloudwatch:DescribeAlarms");

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
    allow(
      "ReplaceArchives",
      unversionedFunctions.map((id) => toFunctionArn(target, id)),
      "lambda:GetFunctionConfiguration",
      "lambda:UpdateFunctionCode",
    ),
    readAlarms(target),
    // CodeDeploy reads the application's revisions and the configuration with the permissions of its caller.
    allow(
      "Application",
      [toCodeDeployArn(`application:${application}`)],
      "codedeploy:GetApplicationRevision",
      "codedeploy:RegisterApplicationRevision",
    ),
    allow(
      "Deployments",
      toGroupArns(target),
      "codedeploy:CreateDeployment",
      "codedeploy:GetDeployment",
      "codedeploy:GetDeploymentGroup",
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

/**
 * To release in addition while an alarm is in ALARM: `--override-alarms` starts a deployment with other alarms than its group, and
 * CodeDeploy requires this action for that. It could also remove the alarms from the groups for later releases:
 * https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeployment.html
 */
export const alarmOverrideStatements = (target: ReleaseTarget): PolicyStatement[] => [
  ...releaseStatements(target),
  allow("OverrideAlarms", toGroupArns(target), "codedeploy:UpdateDeploymentGroup"),
];

/** To invoke the restore test. */
export const restoreTestStatements = (target: ReleaseTarget): PolicyStatement[] => [
  toInvokeStatement(target, restoreTest.functionName),
];

/** To read the snapshots that Atlas exports. */
export const exportReadStatements = (region: string, { bucket, key }: BackupBucket): PolicyStatement[] => [
  allow("ListExports", [bucket.arn], "s3:ListBucket"),
  allow("ReadExports", [`${bucket.arn}/${snapshotExports.prefix}*`], "s3:GetObject"),
  {
    sid: "DecryptExports",
    actions: ["kms:Decrypt"],
    resources: [key.arn],
    conditions: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
  },
];

const toInvokeStatement = (target: ReleaseTarget, id: string): PolicyStatement =>
  allow("InvokeFunction", [toFunctionArn(target, id)], "lambda:InvokeFunction");

const toFunctionArn = (target: ReleaseTarget, id: string): string =>
  toArn(target, "lambda", `function:${functionName(target.environment, id)}`);

/** The deployment groups of the released functions. */
const toGroupArns = (target: ReleaseTarget): string[] =>
  releasedFunctions.map((id) => {
    const group = `${deploymentApplication(target.environment)}/${functionName(target.environment, id)}`;
    return toArn(target, "codedeploy", `deploymentgroup:${group}`);
  });

/** The released functions, with their versions and aliases. */
const toReleasedArns = (target: ReleaseTarget): string[] =>
  releasedFunctions.flatMap((id) => {
    const arn = toFunctionArn(target, id);
    return [arn, `${arn}:*`];
  });

const toReleaseLogArn = (target: ReleaseTarget): string =>
  toArn(target, "logs", `log-group:${releaseLogName(target.environment)}:log-stream:*`);

const toArn = ({ accountId, region }: ReleaseTarget, service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;

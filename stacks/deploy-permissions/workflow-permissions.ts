import { restoreTest } from "../../scripts/backup/contract.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import type { PolicyStatement } from "../constructs/identity/policy-document.ts";
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
  {
    sid: "ReadFunctions",
    actions: ["lambda:GetAlias", "lambda:GetFunction", "lambda:ListVersionsByFunction"],
    resources: toReleasedArns(target),
  },
  { sid: "ReadReleaseLog", actions: ["logs:GetLogEvents"], resources: [toReleaseLogArn(target)] },
];

/** To see what another environment can take over from this one: `npm run ops -- promote` reads this from staging. */
export const promotionStatements = (target: ReleaseTarget): PolicyStatement[] => [
  ...inspectionStatements(target),
  {
    sid: "ReadAlarms",
    actions: ["cloudwatch:DescribeAlarms"],
    // To list firing alarms requires access to all alarms.
    resources: [toArn(target, "cloudwatch", "alarm:*")],
  },
];

/** To release, to roll back and to create indexes: for the commands `release`, `promote`, `rollback` and `migrate`. */
export const releaseStatements = (target: ReleaseTarget): PolicyStatement[] => [
  ...inspectionStatements(target),
  {
    sid: "UpdateFunctions",
    actions: [
      "lambda:GetFunctionConfiguration",
      "lambda:PublishVersion",
      "lambda:UpdateAlias",
      "lambda:UpdateFunctionCode",
    ],
    resources: toReleasedArns(target),
  },
  toInvokeStatement(target, migrationFunction),
  // CodeDeploy reads the application's revisions and the configuration with the permissions of its caller.
  {
    sid: "Application",
    actions: ["codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"],
    resources: [toArn(target, "codedeploy", `application:${deploymentApplication(target.environment)}`)],
  },
  {
    sid: "Deployments",
    actions: ["codedeploy:CreateDeployment", "codedeploy:GetDeployment", "codedeploy:ListDeployments"],
    resources: releasedFunctions.map((id) => {
      const group = `${deploymentApplication(target.environment)}/${functionName(target.environment, id)}`;
      return toArn(target, "codedeploy", `deploymentgroup:${group}`);
    }),
  },
  {
    sid: "DeploymentConfiguration",
    actions: ["codedeploy:GetDeploymentConfig"],
    resources: [toArn(target, "codedeploy", `deploymentconfig:${target.deploymentConfiguration}`)],
  },
  {
    sid: "StopDeployment",
    actions: ["codedeploy:StopDeployment"],
    // CodeDeploy supports no narrower resource for it.
    resources: ["*"],
  },
  {
    sid: "WriteReleaseLog",
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [toReleaseLogArn(target)],
  },
];

/** To invoke the restore test. */
export const restoreTestStatements = (target: ReleaseTarget): PolicyStatement[] => [
  toInvokeStatement(target, restoreTest.functionName),
];

const toInvokeStatement = (target: ReleaseTarget, id: string): PolicyStatement => ({
  sid: "InvokeFunction",
  actions: ["lambda:InvokeFunction"],
  resources: [toArn(target, "lambda", `function:${functionName(target.environment, id)}`)],
});

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

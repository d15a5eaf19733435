import { restoreTest } from "../../scripts/backup/contract.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import type { PolicyStatement } from "../constructs/identity/policy-document.ts";
import { deploymentApplication, migrationFunction, releaseLogName } from "../names.ts";

/** Where workflows release to. */
export interface ReleaseTarget {
  /** Prefix of the environment's names, such as `ecobeat-staging`. */
  readonly name: string;
  readonly environment: DeployedEnvironment;
  readonly accountId: string;
  readonly region: string;
  /** Name of CodeDeploy's configuration by which requests are moved. */
  readonly deploymentConfiguration: string;
}

/** The functions whose versions are released. */
const releasedFunctions = ["api", "auth"];

/** To see what runs, and of which commit it is. */
const inspectionStatements = (place: ReleaseTarget): PolicyStatement[] => [
  {
    sid: "Look",
    actions: ["lambda:GetAlias", "lambda:GetFunction", "lambda:ListVersionsByFunction"],
    resources: toReleasedArns(place),
  },
  { sid: "ReadReleaseLog", actions: ["logs:GetLogEvents"], resources: [toReleaseLogArn(place)] },
];

/** To see what another environment may take from this one: what `npm run ops -- promote` asks of staging. */
export const promotionStatements = (place: ReleaseTarget): PolicyStatement[] => [
  ...inspectionStatements(place),
  {
    sid: "Alarms",
    actions: ["cloudwatch:DescribeAlarms"],
    // Whoever asks which alarms ring asks about all that there are.
    resources: [toArn(place, "cloudwatch", "alarm:*")],
  },
];

/** To release, to roll back and to create indexes: what `release`, `promote`, `rollback` and `migrate` ask of the environment. */
export const releaseStatements = (place: ReleaseTarget): PolicyStatement[] => [
  ...inspectionStatements(place),
  {
    sid: "Release",
    actions: [
      "lambda:GetFunctionConfiguration",
      "lambda:PublishVersion",
      "lambda:UpdateAlias",
      "lambda:UpdateFunctionCode",
    ],
    resources: toReleasedArns(place),
  },
  toInvokeStatement(place, migrationFunction),
  // CodeDeploy asks for the application's revisions and the configuration in the name of whoever begins a deployment.
  {
    sid: "Application",
    actions: ["codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"],
    resources: [toArn(place, "codedeploy", `application:${deploymentApplication(place.environment)}`)],
  },
  {
    sid: "Deployments",
    actions: ["codedeploy:CreateDeployment", "codedeploy:GetDeployment", "codedeploy:ListDeployments"],
    resources: releasedFunctions.map((id) =>
      toArn(
        place,
        "codedeploy",
        `deploymentgroup:${deploymentApplication(place.environment)}/${place.name}-${id}`,
      ),
    ),
  },
  {
    sid: "DeploymentConfiguration",
    actions: ["codedeploy:GetDeploymentConfig"],
    resources: [toArn(place, "codedeploy", `deploymentconfig:${place.deploymentConfiguration}`)],
  },
  {
    sid: "StopDeployment",
    actions: ["codedeploy:StopDeployment"],
    // CodeDeploy knows no narrower resource for it.
    resources: ["*"],
  },
  {
    sid: "WriteReleaseLog",
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [toReleaseLogArn(place)],
  },
];

/** To invoke the restore test. */
export const restoreTestStatements = (place: ReleaseTarget): PolicyStatement[] => [
  toInvokeStatement(place, restoreTest.functionName),
];

const toInvokeStatement = (place: ReleaseTarget, functionName: string): PolicyStatement => ({
  sid: "Call",
  actions: ["lambda:InvokeFunction"],
  resources: [toArn(place, "lambda", `function:${place.name}-${functionName}`)],
});

/** The functions, with their versions and aliases. */
const toReleasedArns = (place: ReleaseTarget): string[] =>
  releasedFunctions.flatMap((id) => {
    const name = toArn(place, "lambda", `function:${place.name}-${id}`);
    return [name, `${name}:*`];
  });

const toReleaseLogArn = (place: ReleaseTarget): string =>
  toArn(place, "logs", `log-group:${releaseLogName(place.environment)}:log-stream:*`);

const toArn = ({ accountId, region }: ReleaseTarget, service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;

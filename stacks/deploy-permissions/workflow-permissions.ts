import { restoreTest } from "../../scripts/backup/contract.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import type { PolicyStatement } from "../constructs/identity/policy-document.ts";
import { deploymentApplication, migrationFunction, releaseLogName } from "../names.ts";

/** Where workflows release to. */
export interface ReleasePlace {
  /** Prefix of the environment's names, such as `ecobeat-staging`. */
  readonly name: string;
  readonly environment: DeployedEnvironment;
  readonly accountId: string;
  readonly region: string;
  /** Name of CodeDeploy's configuration by which requests are moved. */
  readonly deploymentConfiguration: string;
}

/** The functions whose versions are released. */
const released = ["api", "auth"];

/** To see what runs, and of which commit it is. */
const lookStatements = (place: ReleasePlace): PolicyStatement[] => [
  {
    sid: "Look",
    actions: ["lambda:GetAlias", "lambda:GetFunction", "lambda:ListVersionsByFunction"],
    resources: releasedArns(place),
  },
  { sid: "ReadReleaseLog", actions: ["logs:GetLogEvents"], resources: [releaseLog(place)] },
];

/** To see what another environment may take from this one: what `npm run ops -- promote` asks of staging. */
export const promotionStatements = (place: ReleasePlace): PolicyStatement[] => [
  ...lookStatements(place),
  {
    sid: "Alarms",
    actions: ["cloudwatch:DescribeAlarms"],
    // Whoever asks which alarms ring asks about all that there are.
    resources: [arn(place, "cloudwatch", "alarm:*")],
  },
];

/** To release, to roll back and to create indexes: what `release`, `promote`, `rollback` and `migrate` ask of the environment. */
export const releaseStatements = (place: ReleasePlace): PolicyStatement[] => [
  ...lookStatements(place),
  {
    sid: "Release",
    actions: [
      "lambda:GetFunctionConfiguration",
      "lambda:PublishVersion",
      "lambda:UpdateAlias",
      "lambda:UpdateFunctionCode",
    ],
    resources: releasedArns(place),
  },
  call(place, migrationFunction),
  // CodeDeploy asks for the application's revisions and the configuration in the name of whoever begins a deployment.
  {
    sid: "Application",
    actions: ["codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"],
    resources: [arn(place, "codedeploy", `application:${deploymentApplication(place.environment)}`)],
  },
  {
    sid: "Deployments",
    actions: ["codedeploy:CreateDeployment", "codedeploy:GetDeployment", "codedeploy:ListDeployments"],
    resources: released.map((id) =>
      arn(
        place,
        "codedeploy",
        `deploymentgroup:${deploymentApplication(place.environment)}/${place.name}-${id}`,
      ),
    ),
  },
  {
    sid: "DeploymentConfiguration",
    actions: ["codedeploy:GetDeploymentConfig"],
    resources: [arn(place, "codedeploy", `deploymentconfig:${place.deploymentConfiguration}`)],
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
    resources: [releaseLog(place)],
  },
];

/** To invoke the restore test. */
export const restoreTestStatements = (place: ReleasePlace): PolicyStatement[] => [
  call(place, restoreTest.functionName),
];

const call = (place: ReleasePlace, functionName: string): PolicyStatement => ({
  sid: "Call",
  actions: ["lambda:InvokeFunction"],
  resources: [arn(place, "lambda", `function:${place.name}-${functionName}`)],
});

/** The functions, with their versions and aliases. */
const releasedArns = (place: ReleasePlace): string[] =>
  released.flatMap((id) => {
    const name = arn(place, "lambda", `function:${place.name}-${id}`);
    return [name, `${name}:*`];
  });

const releaseLog = (place: ReleasePlace): string =>
  arn(place, "logs", `log-group:${releaseLogName(place.environment)}:log-stream:*`);

const arn = ({ accountId, region }: ReleasePlace, service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;

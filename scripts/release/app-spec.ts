import { createHash } from "node:crypto";
import {
  type CodeDeployClient,
  type DeploymentInfo,
  GetApplicationRevisionCommand,
  RevisionDoesNotExistException,
  type RevisionLocation,
} from "@aws-sdk/client-codedeploy";
import * as z from "zod";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { parseJson } from "../../service/platform/parse-json.ts";
import { functionName } from "../../stacks/names.ts";
import { preTrafficFunctionId } from "./pre-traffic/contract.ts";

/** From which version of a function to which one its alias shifts the traffic. */
export interface AliasUpdate {
  /** Full name of the function. */
  readonly name: string;
  readonly alias: string;
  readonly from: number;
  readonly to: number;
}

const version = z.string().regex(/^[1-9]\d*$/);
const schema = z.object({
  Resources: z.tuple([
    z.record(
      z.string(),
      z.object({
        Properties: z.object({ Name: z.string(), Alias: z.string(), CurrentVersion: version, TargetVersion: version }),
      }),
    ),
  ]),
});

/**
 * The AppSpec of a deployment, as JSON. It names one function, so that a release is two deployments:
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
 */
export function toAppSpec(environment: DeployedEnvironment, { name, alias, from, to }: AliasUpdate): string {
  return JSON.stringify({
    version: "0.0",
    Resources: [
      {
        [name]: {
          Type: "AWS::Lambda::Function",
          Properties: { Name: name, Alias: alias, CurrentVersion: `${from}`, TargetVersion: `${to}` },
        },
      },
    ],
    Hooks: [{ BeforeAllowTraffic: functionName(environment, preTrafficFunctionId) }],
  });
}

/**
 * Reads the AppSpec of a deployment. CodeDeploy leaves its content out of the deployment, and has it in the application's revision:
 * https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_GetDeployment.html
 *
 * @returns `undefined` if it has another form
 * @throws an error of the SDK, if AWS refuses the call
 */
export async function readAppSpec(
  codeDeploy: CodeDeployClient,
  { applicationName, revision }: DeploymentInfo,
  abortSignal?: AbortSignal,
): Promise<AliasUpdate | undefined> {
  const sha256 = revision?.appSpecContent?.sha256;
  if (sha256 === undefined) return undefined;
  const command = new GetApplicationRevisionCommand({
    applicationName,
    revision: { revisionType: "AppSpecContent", appSpecContent: { sha256 } },
  });
  try {
    return parseAppSpec((await codeDeploy.send(command, abortSignal && { abortSignal })).revision);
  } catch (error) {
    if (error instanceof RevisionDoesNotExistException) return undefined;
    throw error;
  }
}

function parseAppSpec({ appSpecContent }: RevisionLocation = {}): AliasUpdate | undefined {
  const { data } = schema.safeParse(parseJson(appSpecContent?.content ?? ""));
  const [resource] = Object.values(data?.Resources[0] ?? {});
  if (!resource) return undefined;
  const { Name, Alias, CurrentVersion, TargetVersion } = resource.Properties;
  return { name: Name, alias: Alias, from: Number(CurrentVersion), to: Number(TargetVersion) };
}

/** The hash that CodeDeploy expects of an AppSpec: hexadecimal. */
export const computeSha256 = (content: string): string => createHash("sha256").update(content).digest("hex");

import { createHash } from "node:crypto";
import type { RevisionLocation } from "@aws-sdk/client-codedeploy";
import { z } from "zod";
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

/** Parses the AppSpec of a deployment. @returns `undefined` if it has another form */
export function parseAppSpec({ appSpecContent, string }: RevisionLocation = {}): AliasUpdate | undefined {
  const { data } = schema.safeParse(parseJson(appSpecContent?.content ?? string?.content ?? ""));
  const [resource] = Object.values(data?.Resources[0] ?? {});
  if (!resource) return undefined;
  const { Name, Alias, CurrentVersion, TargetVersion } = resource.Properties;
  return { name: Name, alias: Alias, from: Number(CurrentVersion), to: Number(TargetVersion) };
}

/** The hash that CodeDeploy expects of an AppSpec: hexadecimal. */
export const computeSha256 = (content: string): string => createHash("sha256").update(content).digest("hex");

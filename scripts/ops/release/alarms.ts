import type { DeployedEnvironment } from "../../../service/contract.ts";
import { environments } from "../../../stacks/environments.ts";
import { serviceError, signedPost } from "../signed-post.ts";

const answerMilliseconds = 10_000;

/**
 * Names of an environment's alarms that ring.
 * @param profile of AWS's configuration, whose credentials are taken. @default those that the SDK finds
 * @throws an error as the SDK's: its name is CloudWatch's code
 */
export async function ringingAlarms(environment: DeployedEnvironment, profile?: string): Promise<string[]> {
  const { region } = environments[environment];
  // One answer holds 100: as many as are worth telling.
  const response = await signedPost({
    service: "monitoring",
    region,
    profile,
    endpoint: `https://monitoring.${region}.amazonaws.com`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      Action: "DescribeAlarms",
      Version: "2010-08-01",
      StateValue: "ALARM",
      MaxRecords: "100",
    }).toString(),
    timeoutMilliseconds: answerMilliseconds,
  });
  const text = await response.text();
  if (!response.ok) {
    throw serviceError(/<Code>([^<]+)</.exec(text)?.[1] ?? `${response.status}`, text);
  }
  const names = [...text.matchAll(/<AlarmName>([^<]+)</g)].map(([, name]) => name!);
  return names.filter((name) => name.startsWith(`ecobeat-${environment}-`));
}

import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { environments } from "../../stacks/environments.ts";

/**
 * Names of an environment's alarms that ring.
 * @param profile of AWS's configuration, whose credentials are taken. @default those that the SDK finds
 * @throws an error of the SDK, if AWS refuses
 */
export async function ringingAlarms(environment: DeployedEnvironment, profile?: string): Promise<string[]> {
  const cloudWatch = new CloudWatchClient({
    region: environments[environment].region,
    ...(profile && { profile }),
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  // One answer holds 100: as many as are worth telling.
  const { MetricAlarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ StateValue: "ALARM", MaxRecords: 100 }),
  );
  return MetricAlarms.map(({ AlarmName }) => AlarmName!).filter((name) =>
    name.startsWith(`ecobeat-${environment}-`),
  );
}

import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { probeAccountParameter } from "../../../scripts/release/pre-traffic/contract.ts";
import {
  smokeTestFunctionId,
  smokeTestMinutes,
  smokeTestVariables,
} from "../../../scripts/release/smoke-test/contract.ts";
import { variables } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { AppKey } from "../api/app-key.ts";
import { addArchiveFunction, allowParameters, type FunctionArchive } from "../functions/archive-function.ts";
import { addSchedule } from "../functions/schedule.ts";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import { Alarm } from "./alarm.ts";
import type { AlertTopic } from "./alert-topic.ts";
import { getServiceMetric } from "./service-metrics.ts";

export interface SmokeTestProps {
  /** That of the pre-traffic check. */
  readonly archive: FunctionArchive;
  readonly appKey: AppKey;
  /** Encrypts the parameter with the credentials of its test account. */
  readonly encryptionKey: EncryptionKey;
  readonly alertTopic: AlertTopic;
}

/** Three tests. With a period for each, the result of the newest may be missing, and one failure would seem to be two. */
const periodSeconds = 3 * smokeTestMinutes * 60;

/**
 * A function that tests the public API every five minutes as `npm run ops -- health` does, with a login, also when there are no
 * requests. It is outside of the VPC, so that it uses DNS, certificate, CDN and WAF as an app does. It runs the latest deployed version, as
 * the backup functions do.
 *
 * Billed by the invocation, and by the month for two metrics.
 *
 * @example
 * new SmokeTest(this, "smoke-test", { archive, appKey, encryptionKey: foundation.dataKey, alertTopic: foundation.alertTopic });
 */
export class SmokeTest extends Construct {
  constructor(scope: Construct, id: string, { archive, appKey, encryptionKey, alertTopic }: SmokeTestProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { environment, region } = stack;
    const name = stack.resourceName(smokeTestFunctionId);
    const description = "Tests the public API";
    const { lambda } = addArchiveFunction(this, {
      name,
      description,
      archive,
      handler: "index.smokeTest",
      memoryMb: 512,
      // Three requests in a row, each with a limit of 10 s, after a cold start.
      timeoutSeconds: 60,
      reservedConcurrency: 1,
      environmentVariables: {
        [variables.environment]: environment.name,
        [variables.apiUrl]: `https://${environment.apiDomain}`,
        [variables.corsOrigins]: environment.corsOrigins.join(","),
        // It is no secret, but the provider calls it one, and would hide all variables in a plan.
        [smokeTestVariables.apiKey]: Fn.nonsensitive(appKey.key.value),
      },
      permissions: [
        allowParameters(stack, "ReadAccount", [probeAccountParameter]),
        {
          sid: "DecryptAccount",
          actions: ["kms:Decrypt"],
          resources: [encryptionKey.arn],
          conditions: { StringEquals: { "kms:ViaService": `ssm.${region}.amazonaws.com` } },
        },
      ],
    });
    new LambdaFunctionEventInvokeConfig(this, "async-invocations", {
      functionName: lambda.functionName,
      // The next test replaces one that failed.
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 60,
    });
    addSchedule(new Construct(this, "schedule"), {
      name,
      description,
      scheduleExpression: `rate(${smokeTestMinutes} minutes)`,
      functionArn: lambda.arn,
      retries: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
    });
    new Alarm(this, "failed", {
      name: `${name}-failed`,
      summary: `No smoke test of the public API passed in the last ${periodSeconds / 60} minutes. An app may not reach the API.`,
      priority: "page",
      runbook: "high-errors",
      metric: { expression: "FILL(passed, 0)", metrics: { passed: getServiceMetric("SmokeTestsPassed", "Sum") } },
      comparison: "LessThanThreshold",
      threshold: 1,
      periodSeconds,
      // Before the first test FILL has nothing to fill.
      missingData: "breaching",
      topic: alertTopic,
    });
  }
}

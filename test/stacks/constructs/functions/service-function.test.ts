import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import { expect } from "chai";
import { DeadLetterQueue } from "../../../../stacks/constructs/functions/dead-letter-queue.ts";
import { ServiceFunction } from "../../../../stacks/constructs/functions/service-function.ts";
import type { EncryptionKey } from "../../../../stacks/constructs/identity/encryption-key.ts";
import type { AlertTopic } from "../../../../stacks/constructs/observability/alert-topic.ts";
import { synthesizeConstructs } from "../../../support/construct-stack.ts";
import type { Attributes } from "../../../support/synthesize.ts";

/** A function, with a queue for what failed or without. */
function synthesized(withQueue: boolean): Record<string, Record<string, Attributes>> {
  const key = { arn: "arn:key" } as EncryptionKey;
  return synthesizeConstructs((scope) => {
    const failures = new DeadLetterQueue(scope, "failures", {
      name: "failures",
      encryptionKey: key,
      alertTopic: { arn: "arn:topic" } as AlertTopic,
    });
    new ServiceFunction(scope, "function", {
      name: "worker",
      description: "Works",
      archive: { path: import.meta.filename, sha256: "" },
      memoryMb: 512,
      timeoutSeconds: 30,
      reservedConcurrency: 1,
      environmentVariables: {},
      network: { subnets: [], securityGroup: { id: "sg-1" } as SecurityGroup },
      permissions: [],
      ...(withQueue && { failures }),
    });
  }).resource;
}

const only = (byId: Record<string, Attributes> | undefined): Attributes => Object.values(byId ?? {})[0]!;

describe("ServiceFunction", () => {
  it("repeats nothing that nobody waits for, and keeps nothing of it", () => {
    const { aws_lambda_function_event_invoke_config, aws_iam_role_policy } = synthesized(false);
    expect(only(aws_lambda_function_event_invoke_config)).to.include({
      maximum_retry_attempts: 0,
      maximum_event_age_in_seconds: 60,
    });
    expect(only(aws_lambda_function_event_invoke_config)).to.not.have.property("destination_config");
    expect(only(aws_iam_role_policy).policy).to.not.include("sqs:");
  });

  it("puts what failed three times into a queue where there is one, and may do so", () => {
    const { aws_lambda_function_event_invoke_config, aws_iam_role_policy, aws_sqs_queue } = synthesized(true);
    const [queue] = Object.keys(aws_sqs_queue!);
    expect(only(aws_lambda_function_event_invoke_config)).to.deep.include({
      maximum_retry_attempts: 2,
      destination_config: { on_failure: { destination: `\${aws_sqs_queue.${queue}.arn}` } },
    });
    expect(only(aws_iam_role_policy).policy).to.include("sqs:SendMessage");
  });
});

import type { Stacks } from "../../support/synthesize.ts";
import { getRoleStatements, type Statement } from "./policies.ts";
import { getEnvironment, type Resource, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** The actions that a function's own code calls; those of another AWS service in its name need no endpoint. */
const getCalls = (stacks: Stacks, { stack, attributes }: Resource): readonly string[] =>
  getRoleStatements(stacks, referenced(stacks, stack, attributes.role))
    .filter(({ Effect, Condition }) => Effect === "Allow" && !Condition?.StringEquals?.["kms:ViaService"])
    .flatMap(({ Action = [] }) => Action);

/** Services that the code calls over the VPC's endpoints. */
const services = ["kms", "s3", "secretsmanager", "ssm", "sts"];

/** Actions of backups. */
const backupActions = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"];

export const sufficientEndpointPolicies: Rule = {
  name: "the endpoints allow what the functions may call of KMS, SSM and S3, and reading and writing backups",
  check: (stacks) =>
    resources(stacks, "aws_lambda_function", "aws_vpc").flatMap((caller) => {
      const calls = caller.type === "aws_vpc" ? backupActions : getCalls(stacks, caller);
      const allowed = resources(stacks, "aws_vpc_endpoint")
        .filter(({ stack }) => getEnvironment(stack) === getEnvironment(caller.stack))
        .filter(({ attributes }) => attributes.policy)
        .flatMap(({ attributes }) =>
          (JSON.parse(attributes.policy).Statement as Statement[])
            .flatMap(({ Action = [] }) => Action)
            .filter((action) => attributes.service_name.endsWith(`.${action.split(":")[0]}`)),
        );
      return calls
        .filter((action) => services.includes(action.split(":")[0]!) && !allowed.includes(action))
        .map((action) => `${caller.address}: has no endpoint for ${action}`);
    }),
};

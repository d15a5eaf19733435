import type { Stacks } from "../../support/synthesize.ts";
import { type Statement, statements } from "./policies.ts";
import { getEnvironment, type Resource, referenced, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** What the function's own code asks of AWS by name; another service that it goes through needs no way from the VPC. */
function calls(stacks: Stacks, { stack, attributes }: Resource): string[] {
  const role = referenced(stacks, stack, attributes.role);
  return statements(stacks)
    .filter(({ resource }) => resource.type === "aws_iam_role_policy" && resource.stack === stack)
    .filter(({ resource }) => referenced(stacks, stack, resource.attributes.role)?.id === role?.id)
    .map(({ statement }) => statement)
    .filter(({ Effect, Condition }) => Effect === "Allow" && !Condition?.StringEquals?.["kms:ViaService"])
    .flatMap(({ Action = [] }) => Action);
}

/** What the endpoint of a service in an environment lets through. */
const passing = (stacks: Stacks, environment: string, service: string): string[] =>
  resources(stacks, "aws_vpc_endpoint")
    .filter(
      ({ stack, attributes }) =>
        getEnvironment(stack).name === environment && attributes.service_name.endsWith(`.${service}`),
    )
    .flatMap(({ attributes }) => JSON.parse(attributes.policy).Statement as Statement[])
    .flatMap(({ Action = [] }) => Action);

/** Called by the function's own code, over the VPC's endpoints. What Lambda does in its name goes other ways. */
const services = ["kms", "s3", "secretsmanager", "ssm", "sts"];

export const sufficientEndpointPolicies: Rule = {
  name: "the endpoints let through whatever the functions may ask of KMS, SSM and S3, and reading and writing backups",
  check: (stacks) => [
    ...resources(stacks, "aws_lambda_function").flatMap((lambda) =>
      calls(stacks, lambda)
        .filter((action) => services.includes(action.split(":")[0]!))
        .filter((action) => {
          const [service] = action.split(":");
          return !passing(stacks, getEnvironment(lambda.stack).name, service!).includes(action);
        })
        .map((action) => `${lambda.address}: has no way for ${action}`),
    ),
    ...resources(stacks, "aws_vpc").flatMap(({ address, stack }) =>
      ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]
        .filter((action) => !passing(stacks, getEnvironment(stack).name, "s3").includes(action))
        .map((action) => `${address}: has no way for ${action}`),
    ),
  ],
};

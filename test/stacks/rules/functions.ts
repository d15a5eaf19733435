import type { Stacks } from "../../support/synthesize.ts";
import { isPreTraffic, isScheduled } from "./async-invocations.ts";
import { getRoleStatements } from "./policies.ts";
import { getEnvironment, type Resource, referenced } from "./resources.ts";
import { resourceRule, rulesByType } from "./rule.ts";

/** Ids of the route tables of a subnet's stack that lead straight to an internet gateway. */
function publicRouteTables({ stack }: Resource): string[] {
  return Object.values(stack.resource.aws_route ?? {})
    .filter(({ gateway_id }) => gateway_id !== undefined)
    .map(({ route_table_id }) => route_table_id);
}

function isPrivate(subnet: Resource | undefined): boolean {
  if (subnet?.type !== "aws_subnet") {
    return false;
  }
  const routeTables = Object.values(subnet.stack.resource.aws_route_table_association ?? {})
    .filter(({ subnet_id }) => subnet_id === `\${aws_subnet.${subnet.id}.id}`)
    .map(({ route_table_id }) => route_table_id);
  return routeTables.length === 1 && !publicRouteTables(subnet).includes(routeTables[0]);
}

const allPrivate = (stacks: Stacks, { stack }: Resource, subnetIds: unknown): boolean =>
  Array.isArray(subnetIds) &&
  subnetIds.length > 1 &&
  subnetIds.every((id) => isPrivate(referenced(stacks, stack, id)));

export const privateFunctions = rulesByType(
  "every function except the pre-traffic check, the cache and every endpoint are in private subnets",
  {
    aws_lambda_function: (resource, stacks) =>
      isPreTraffic(resource.attributes) ||
      allPrivate(stacks, resource, resource.attributes.vpc_config?.subnet_ids),
    aws_elasticache_subnet_group: (resource, stacks) =>
      allPrivate(stacks, resource, resource.attributes.subnet_ids),
    aws_vpc_endpoint: (resource, stacks) =>
      resource.attributes.vpc_endpoint_type === "Gateway" ||
      allPrivate(stacks, resource, resource.attributes.subnet_ids),
  },
);

export const tracedFunctions = rulesByType(
  "every function and every stage is traced by X-Ray, and functions log JSON",
  {
    aws_lambda_function: ({ attributes }) =>
      attributes.tracing_config?.mode === "Active" && attributes.logging_config?.log_format === "JSON",
    aws_api_gateway_stage: ({ attributes }) => attributes.xray_tracing_enabled === true,
  },
);

export const publishedFunctions = resourceRule(
  "every function that serves requests publishes versions and has an alias `live` that Terraform ignores; those of operators, schedules and CodeDeploy have none",
  "aws_lambda_function",
  ({ stack, id, attributes }) => {
    const alias = Object.values(stack.resource.aws_lambda_alias ?? {}).find(
      ({ function_name }) => function_name === `\${aws_lambda_function.${id}.function_name}`,
    );
    // Without an alias nothing may invoke it: see the next rule.
    const isOfOperators = attributes.handler === "index.migrate";
    if (isOfOperators || isScheduled(attributes) || isPreTraffic(attributes)) return alias === undefined;
    const ignored: string[] = alias?.lifecycle?.ignore_changes ?? [];
    return (
      attributes.publish === true &&
      alias?.name === "live" &&
      ["function_version", "routing_config", "description"].every((attribute) => ignored.includes(attribute))
    );
  },
);

export const leastPrivilegeMigration = resourceRule(
  "the function that creates indexes may read the connection string, and nothing else",
  "aws_lambda_function",
  ({ stack, attributes }, stacks) => {
    if (attributes.handler !== "index.migrate") return true;
    const role = referenced(stacks, stack, attributes.role);
    const granted = getRoleStatements(stacks, role)
      .filter(({ Effect, Action = [] }) => Effect === "Allow" && !/^(logs|xray|ec2):/.test(Action[0]!))
      .map(({ Action = [], Resource: targets = [] }) => `${Action} ${targets}`);
    const { name, accountId, region } = getEnvironment(stack);
    const parameter = `arn:aws:ssm:${region}:${accountId}:parameter/ecobeat/${name}/mongodb-uri`;
    return granted.join() === `ssm:GetParameters ${parameter}`;
  },
);

/** The API in the ARN of one of its stages. */
const findApi = (sourceArn: string): string | undefined =>
  /^(\$\{[^}]+\.execution_arn\})\/\$\{aws_api_gateway_stage\.[^}]+\.stage_name\}\/\*$/.exec(sourceArn)?.[1];

export const aliasesOnly = rulesByType("only API Gateway invokes functions, and only through an alias", {
  aws_lambda_permission: ({ stack, attributes }, stacks) =>
    referenced(stacks, stack, attributes.qualifier)?.type === "aws_lambda_alias" &&
    attributes.principal === "apigateway.amazonaws.com" &&
    attributes.action === "lambda:InvokeFunction" &&
    referenced(stacks, stack, findApi(attributes.source_arn))?.type === "aws_api_gateway_rest_api",
  aws_api_gateway_integration: ({ stack, attributes }, stacks) =>
    attributes.type === "AWS_PROXY" &&
    /\.invoke_arn\}$/.test(attributes.uri) &&
    referenced(stacks, stack, attributes.uri)?.type === "aws_lambda_alias",
  aws_lambda_function_url: () => false,
});

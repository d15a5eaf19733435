import { getConnectionLimit } from "../../stacks/atlas-tiers.ts";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import { isMailSender, isPreTraffic, isScheduled, isSmokeTest, isSupport } from "./rules/async-invocations.ts";
import { getRoleStatements } from "./rules/policies.ts";
import {
  add,
  type Change,
  changeFirst,
  changeWhere,
  getStackEnvironment,
  type Resource,
  referenced,
  referring,
  removeAll,
  replaceIn,
  resources,
  stacksNamed,
} from "./rules/resources.ts";
import { type Rule, resourceRule, rulesByType, testRule } from "./rules/rule.ts";

/** Ids of the route tables of a subnet's stack that lead straight to an internet gateway. */
function publicRouteTables({ stack }: Resource): string[] {
  return Object.values(stack.resource.aws_route ?? {})
    .filter(({ gateway_id }) => gateway_id !== undefined)
    .map(({ route_table_id }) => route_table_id);
}

function isPrivate(subnet: Resource | undefined): boolean | undefined {
  if (subnet?.type !== "aws_subnet") return false;
  const [association, ...more] = referring(subnet, "aws_route_table_association", "subnet_id");
  return more.length === 0 && association && !publicRouteTables(subnet).includes(association.route_table_id);
}

const allPrivate = (stacks: Stacks, { stack }: Resource, subnetIds: unknown): boolean =>
  Array.isArray(subnetIds) && subnetIds.length > 1 && subnetIds.every((id) => isPrivate(referenced(stacks, stack, id)));

const privateFunctions = rulesByType(
  "every function except the pre-traffic check, the smoke test and the sender of mails, the cache and every endpoint are in private subnets",
  {
    aws_lambda_function: (resource, stacks) =>
      [isPreTraffic, isSmokeTest, isMailSender].some((is) => is(resource.attributes)) ||
      allPrivate(stacks, resource, resource.attributes.vpc_config?.subnet_ids),
    aws_elasticache_subnet_group: (resource, stacks) => allPrivate(stacks, resource, resource.attributes.subnet_ids),
    aws_vpc_endpoint: (resource, stacks) =>
      resource.attributes.vpc_endpoint_type === "Gateway" ||
      allPrivate(stacks, resource, resource.attributes.subnet_ids),
  },
);

const tracedFunctions = rulesByType("every function and every stage is traced by X-Ray, and functions log JSON", {
  aws_lambda_function: ({ attributes }) =>
    attributes.tracing_config?.mode === "Active" && attributes.logging_config?.log_format === "JSON",
  aws_api_gateway_stage: ({ attributes }) => attributes.xray_tracing_enabled === true,
});

const publishedFunctions = resourceRule(
  "every function that serves requests publishes versions and has an alias `live` that Terraform ignores; those of operators, schedules, queues and CodeDeploy have none",
  "aws_lambda_function",
  (lambda) => {
    const { attributes } = lambda;
    const [alias] = referring(lambda, "aws_lambda_alias", "function_name");
    // Without an alias nothing may invoke it: see the next rule.
    const isOfOperators = attributes.handler === "index.migrate";
    if (isOfOperators || [isScheduled, isSmokeTest, isPreTraffic, isMailSender, isSupport].some((is) => is(attributes)))
      return alias === undefined;
    const ignored: string[] = alias?.lifecycle?.ignore_changes ?? [];
    return (
      attributes.publish === true &&
      alias?.name === "live" &&
      ["function_version", "routing_config", "description"].every((attribute) => ignored.includes(attribute))
    );
  },
);

const leastPrivilegeMigration = resourceRule(
  "the function that creates indexes may read the connection string, and nothing else",
  "aws_lambda_function",
  ({ stack, attributes }, stacks) => {
    if (attributes.handler !== "index.migrate") return true;
    const role = referenced(stacks, stack, attributes.role);
    const granted = getRoleStatements(stacks, role)
      .filter(({ Effect, Action = [] }) => Effect === "Allow" && !/^(logs|xray|ec2):/.test(Action[0]!))
      .map(({ Action = [], Resource: targets = [] }) => `${Action} ${targets}`);
    const { name, accountId, region } = getStackEnvironment(stack);
    const parameter = `arn:aws:ssm:${region}:${accountId}:parameter/ecobeat/${name}/mongodb-uri`;
    return granted.join() === `ssm:GetParameters ${parameter}`;
  },
);

/** The API in the ARN of one of its stages. */
const findApi = (sourceArn: string): string | undefined =>
  /^(\$\{[^}]+\.execution_arn\})\/\$\{aws_api_gateway_stage\.[^}]+\.stage_name\}\/\*$/.exec(sourceArn)?.[1];

const aliasesOnly = rulesByType(
  "only API Gateway invokes functions, and only through an alias; support has a URL that requires a signature",
  {
    aws_lambda_permission: ({ stack, attributes }, stacks) =>
      referenced(stacks, stack, attributes.qualifier)?.type === "aws_lambda_alias" &&
      attributes.principal === "apigateway.amazonaws.com" &&
      attributes.action === "lambda:InvokeFunction" &&
      referenced(stacks, stack, findApi(attributes.source_arn))?.type === "aws_api_gateway_rest_api",
    aws_api_gateway_integration: ({ stack, attributes }, stacks) =>
      attributes.type === "AWS_PROXY" &&
      /\.invoke_arn\}$/.test(attributes.uri) &&
      referenced(stacks, stack, attributes.uri)?.type === "aws_lambda_alias",
    // Lambda tells the function who has signed. No page of a browser may call it.
    aws_lambda_function_url: ({ stack, attributes }, stacks) =>
      attributes.authorization_type === "AWS_IAM" &&
      attributes.cors === undefined &&
      isSupport(referenced(stacks, stack, attributes.function_name)?.attributes ?? {}),
  },
);

/** One for requests and one for monitoring, also of the previous version. */
const connectionsPerRequest = 4;

/** The default quota of an account, without the 100 that must stay unreserved. */
const reservable = 900;

const limitedConcurrency: Rule = {
  name: "every function has reserved concurrency; the sum is within the limits of the database and the account",
  check: (stacks) =>
    stacksNamed(stacks, "-service")
      .filter(([, stack]) => {
        const { database } = getStackEnvironment(stack);
        const reserved: number[] = Object.values(stack.resource.aws_lambda_function!).map(
          ({ reserved_concurrent_executions }) => reserved_concurrent_executions,
        );
        const sum = reserved.reduce((total, each) => total + each, 0);
        const limit = getConnectionLimit(database.kind === "flex" ? "flex" : database.instanceSize);
        return !(reserved.every((each) => each > 0) && sum * connectionsPerRequest <= limit && sum <= reservable);
      })
      .map(([name]) => name),
};

/** Scales on the utilization, with missing data as zero. */
function scalesOnUtilization({ target_value, customized_metric_specification }: Attributes): boolean {
  const [measured, filled] = customized_metric_specification?.metrics ?? [];
  return (
    target_value < 1 &&
    measured?.metric_stat.metric.metric_name === "ProvisionedConcurrencyUtilization" &&
    measured.return_data === false &&
    filled?.expression === `FILL(${measured.id}, 0)`
  );
}

const scaledAuth = resourceRule(
  "provisioned concurrency is that of auth's alias, and scaled; Terraform does not reset it",
  "aws_lambda_provisioned_concurrency_config",
  ({ stack, attributes: { qualifier, function_name, ...config } }, stacks) => {
    const alias = referenced(stacks, stack, qualifier);
    const { minimum, maximum } = getStackEnvironment(stack).functions.provisionedConcurrency!;
    const [target] = Object.values(stack.resource.aws_appautoscaling_target ?? {});
    const [policy] = Object.values(stack.resource.aws_appautoscaling_policy ?? {});
    return (
      alias?.type === "aws_lambda_alias" &&
      alias.id.startsWith("auth_") &&
      function_name === `\${aws_lambda_alias.${alias.id}.function_name}` &&
      config.provisioned_concurrent_executions === minimum &&
      config.lifecycle?.ignore_changes?.includes("provisioned_concurrent_executions") &&
      target?.resource_id === `function:${function_name}:${qualifier}` &&
      target.scalable_dimension === "lambda:function:ProvisionedConcurrency" &&
      target.min_capacity === minimum &&
      target.max_capacity === maximum &&
      referenced(stacks, stack, policy?.resource_id)?.type === "aws_appautoscaling_target" &&
      scalesOnUtilization(policy!.target_tracking_scaling_policy_configuration)
    );
  },
);

const provisionedFunctions: Rule = {
  name: "auth, and only auth, has the provisioned concurrency of the configuration, by its alias, scaled without Terraform resetting it",
  check: (stacks) => [
    ...scaledAuth.check(stacks),
    ...stacksNamed(stacks, "-service")
      .filter(([, stack]) => {
        const expected = getStackEnvironment(stack).functions.provisionedConcurrency ? 1 : 0;
        const configs = stack.resource.aws_lambda_provisioned_concurrency_config ?? {};
        return Object.keys(configs).length !== expected;
      })
      .map(([name]) => name),
  ],
};

const provisioned = (change: Change) => changeFirst("aws_lambda_provisioned_concurrency_config", change);
const permission = (change: Change) => changeFirst("aws_lambda_permission", change);
const lambda = (change: Change) => changeFirst("aws_lambda_function", change);

const inMigration = (from: string, to: string) =>
  changeWhere("aws_iam_role_policy", ({ id }) => id.startsWith("migration"), replaceIn("policy", from, to));

describe("functions of the stacks", () => {
  testRule(privateFunctions, {
    "a function outside the VPC": lambda({ vpc_config: undefined }),
    "a function in unknown subnets": lambda({ "vpc_config.subnet_ids": ["subnet-1", "subnet-2"] }),
    "private subnets that become public": changeWhere("aws_route", ({ attributes }) => attributes.nat_gateway_id, {
      gateway_id: "${aws_internet_gateway.x.id}",
    }),
    "the cache in the public subnet": (stacks) => {
      const [subnet] = resources(stacks, "aws_subnet").filter(({ id }) => id.includes("public"));
      const group = Object.values(subnet!.stack.resource.aws_elasticache_subnet_group!)[0]!;
      group.subnet_ids.push(`\${aws_subnet.${subnet!.id}.id}`);
    },
  });

  testRule(tracedFunctions, {
    "a function that is traced only with its caller": lambda({ "tracing_config.mode": "PassThrough" }),
    "a function that logs text": lambda({ "logging_config.log_format": "Text" }),
    "a stage that is not traced": changeFirst("aws_api_gateway_stage", { xray_tracing_enabled: undefined }),
  });

  testRule(publishedFunctions, {
    "a function without versions": lambda({ publish: false }),
    "an alias that Terraform moves": changeFirst("aws_lambda_alias", { lifecycle: undefined }),
    "a function without an alias": changeFirst("aws_lambda_alias", { function_name: "another" }),
    "an alias of the migration": (stacks) => {
      const [migration] = resources(stacks, "aws_lambda_function").filter(({ id }) => id.startsWith("migration"));
      const functionName = `\${aws_lambda_function.${migration!.id}.function_name}`;
      add("staging-service", "aws_lambda_alias", { name: "live", function_name: functionName })(stacks);
    },
  });

  testRule(leastPrivilegeMigration, {
    "a migration that reads other parameters": inMigration("/mongodb-uri", "/redis-url"),
    "a migration that signs": inMigration('"ssm:GetParameters"', '"ssm:GetParameters","kms:Sign"'),
  });

  testRule(aliasesOnly, {
    "a permission for every version": permission({ qualifier: undefined }),
    "a permission for any API": permission({ source_arn: "arn:aws:execute-api:eu-west-1:111122223333:x/live/*" }),
    "a permission for everyone": permission({ principal: "*" }),
    "an integration with the function itself": changeFirst(
      "aws_api_gateway_integration",
      replaceIn("uri", "lambda_alias", "lambda_function"),
    ),
    "a URL": add("service", "aws_lambda_function_url", {}),
    "a URL that requires no signature": changeFirst("aws_lambda_function_url", { authorization_type: "NONE" }),
    "a URL for pages": changeFirst("aws_lambda_function_url", { cors: { allow_origins: ["*"] } }),
    "a URL of another function": (stacks) => {
      const [{ stack }] = resources(stacks, "aws_lambda_function_url") as [Resource];
      const [id] = Object.entries(stack.resource.aws_lambda_function!).find(
        ([, { handler }]) => handler === "api.handler",
      )!;
      changeFirst("aws_lambda_function_url", { function_name: `\${aws_lambda_function.${id}.function_name}` })(stacks);
    },
  });

  testRule(limitedConcurrency, {
    "a function without reserved concurrency": lambda({ reserved_concurrent_executions: undefined }),
    "more concurrency than the database has connections": lambda({ reserved_concurrent_executions: 400 }),
  });

  testRule(provisionedFunctions, {
    "a number that Terraform resets": provisioned({ lifecycle: undefined }),
    "provisioned concurrency of a version": provisioned({ qualifier: "7" }),
    "provisioned concurrency of api": provisioned((config) => {
      for (const attribute of ["qualifier", "function_name"]) replaceIn(attribute, "auth_", "api_")(config);
    }),
    "a number that is not scaled": removeAll("production-service", "aws_appautoscaling_policy"),
    "missing data that is not zero": changeFirst("aws_appautoscaling_policy", {
      "target_tracking_scaling_policy_configuration.customized_metric_specification.metrics.1.expression": "measured",
    }),
    "another maximum than in the configuration": changeFirst("aws_appautoscaling_target", { max_capacity: 500 }),
    "no provisioned concurrency": removeAll("production-service", "aws_lambda_provisioned_concurrency_config"),
  });
});

import { mailSenderFunction, supportFunction } from "../../stacks/names.ts";
import { OperatorError } from "../cli/errors.ts";
import { preTrafficFunctionId } from "../release/pre-traffic/contract.ts";
import { smokeTestFunctionId, smokeTestMinutes } from "../release/smoke-test/contract.ts";
import type { Attributes, Resource } from "../terraform/resources.ts";
import { charge, type PricingRule } from "./prices.ts";
import { hoursPerMonth, secondsPerMonth, toGb, type Usage } from "./traffic.ts";

const toMillions = (requests: number): number => requests / 1e6;

/** The role of a function that serves requests, by the function's name or that of its log group. */
export const findServingFunction = (name: string): "auth" | "api" | undefined =>
  (["auth", "api"] as const).find((role) => name.endsWith(`-${role}`));

/** Monthly invocations of a function, and the duration of each. */
function computeWork(name: string, usage: Usage): { calls: number; seconds: number } {
  /** Lambda's timeout is at most 900 s. */
  const secondsAt = (megabytesPerSecond: number) => Math.min((usage.dataGb * 1_000) / megabytesPerSecond, 900);
  const role = findServingFunction(name);
  if (role) {
    return { calls: usage.countCalls(role), seconds: usage.assume(`${role}Milliseconds`) / 1_000 };
  }
  // An operator invokes `migrate` and CodeDeploy the pre-traffic hook: a few times per release.
  // People invoke the support function a few times a day.
  if (["migrate", preTrafficFunctionId, supportFunction].some((id) => name.endsWith(`-${id}`)))
    return { calls: 0, seconds: 0 };
  if (name.endsWith(`-${smokeTestFunctionId}`)) {
    // With a TLS handshake for each check, and a login.
    return { calls: (hoursPerMonth * 60) / smokeTestMinutes, seconds: 2 };
  }
  if (name.endsWith(`-${mailSenderFunction}`)) return { calls: usage.mails, seconds: 0.3 };
  if (name.endsWith("-dump")) {
    return { calls: usage.dumps, seconds: secondsAt(usage.assume("dumpMegabytesPerSecond")) };
  }
  if (name.endsWith("-restore-test")) {
    const seconds = secondsAt(usage.assume("restoreTestMegabytesPerSecond"));
    return { calls: usage.assume("restoreTests"), seconds };
  }
  throw new OperatorError("function-usage-unknown", {
    what: `The estimate has no rule for the function ${name}.`,
    why: "The number of its invocations is unknown.",
    action: "Add it to scripts/cost/priced-requests.ts.",
  });
}

const lambda: PricingRule = ({ id, attributes, siblings }, usage) => {
  const { calls, seconds } = computeWork(attributes.function_name, usage);
  const coldSeconds = (usage.assume("coldShare") * usage.assume("coldMilliseconds")) / 1_000;
  return [
    charge("lambdaRequests", toMillions(calls)),
    charge(
      findProvisionedAlias(id, siblings) ? "lambdaProvisionedCompute" : "lambdaCompute",
      (calls * (seconds + coldSeconds) * attributes.memory_size) / 1_024,
    ),
  ];
};

/** The alias of a function that has provisioned concurrency. */
function findProvisionedAlias(functionId: string, siblings: Resource["siblings"]): string | undefined {
  const aliases = Object.entries(siblings("aws_lambda_alias")).filter(
    ([, { function_name }]) => function_name === `\${aws_lambda_function.${functionId}.function_name}`,
  );
  const qualifiers = Object.values(siblings("aws_lambda_provisioned_concurrency_config")).map(
    ({ qualifier }) => qualifier,
  );
  return aliases.map(([id]) => id).find((id) => qualifiers.includes(`\${aws_lambda_alias.${id}.name}`));
}

/** The busy execution environments divided by the target utilisation, within the limits of the scaling. */
const provisionedConcurrency: PricingRule = ({ attributes, siblings }, usage) => {
  const [, lambda] = Object.entries(siblings("aws_lambda_function")).find(([functionId]) =>
    attributes.qualifier.includes(`.${findProvisionedAlias(functionId, siblings)}.`),
  )!;
  const { calls, seconds } = computeWork(lambda.function_name, usage);
  const [target] = Object.values(siblings("aws_appautoscaling_target"));
  const [policy] = Object.values(siblings("aws_appautoscaling_policy"));
  const busy = (calls / secondsPerMonth) * seconds;
  const desired = Math.ceil(busy / policy!.target_tracking_scaling_policy_configuration.target_value);
  const count = Math.min(Math.max(desired, target!.min_capacity), target!.max_capacity);
  return [charge("lambdaProvisioned", (count * secondsPerMonth * lambda.memory_size) / 1_024)];
};

const restApi: PricingRule = (_, usage) => [
  charge("apiRequests", toMillions(usage.apiRequests)),
  // Traffic to CloudFront is free: https://aws.amazon.com/cloudfront/pricing/
  ...(usage.inputs.hasCdn ? [] : [charge("trafficOut", toGb(usage.apiRequests * usage.assume("responseBytes")))]),
];

const stage: PricingRule = ({ attributes }, usage) =>
  attributes.xray_tracing_enabled ? [charge("traces", toMillions(usage.traces))] : [];

const mailIdentity: PricingRule = (_, usage) => [charge("mails", usage.mails / 1_000)];

/** The metrics of the events, as custom ones: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-cloudwatch.html */
const mailEvents: PricingRule = ({ attributes }) => [
  charge("metric", attributes.event_destination.matching_event_types.length),
];

/** A queue that a function polls. To send, receive and delete a message is a request each. Dead-letter queues have none. */
const queue: PricingRule = ({ attributes }, usage) =>
  attributes.redrive_policy
    ? [charge("queueRequests", toMillions(usage.assume("mailPolls") * 60 * hoursPerMonth + 3 * usage.mails))]
    : [];

const webAcl: PricingRule = ({ attributes }, usage) => [
  charge("webAcl", 1),
  charge("webAclRule", attributes.rule.length),
  charge("wafRequests", toMillions(attributes.scope === "CLOUDFRONT" ? usage.requests : usage.apiRequests)),
];

/**
 * AWS charges for each rule of a WAF rule group, and for each secret. The distribution has the charges of CloudFront
 * functions.
 */
const cloudformation: PricingRule = ({ attributes }) => {
  const { Resources } = JSON.parse(attributes.template_body) as { Resources: Record<string, Attributes> };
  return Object.values(Resources).flatMap(({ Type, Properties }) => {
    if (Type === "AWS::WAFv2::RuleGroup") return [charge("webAclRule", Properties.Rules.length)];
    return Type === "AWS::SecretsManager::Secret" ? [charge("secret", 1)] : [];
  });
};

const distribution: PricingRule = (_, usage) => [
  charge("edgeRequests", toMillions(usage.requests)),
  charge("edgeTraffic", toGb(usage.requests * usage.assume("responseBytes"))),
  charge("edgeFunctions", toMillions(usage.apiRequests)),
];

/** Resources that AWS mostly charges by the request. */
export const pricedRequests: Readonly<Record<string, PricingRule>> = {
  aws_api_gateway_rest_api: restApi,
  aws_api_gateway_stage: stage,
  aws_cloudformation_stack: cloudformation,
  aws_cloudfront_distribution: distribution,
  aws_lambda_function: lambda,
  aws_lambda_provisioned_concurrency_config: provisionedConcurrency,
  aws_sesv2_configuration_set_event_destination: mailEvents,
  aws_sesv2_email_identity: mailIdentity,
  aws_sqs_queue: queue,
  aws_wafv2_web_acl: webAcl,
};

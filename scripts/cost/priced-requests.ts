import { ConfigurationError } from "../../service/config.ts";
import { preTrafficFunctionId } from "../release/pre-traffic/contract.ts";
import { type Attributes, charge, type LineItem, type PricingRule, type Resource } from "./line-item.ts";
import { assumptions, computeMonthlyGbSeconds, secondsPerMonth, toGb, type Usage } from "./traffic.ts";

const toMillions = (requests: number): number => requests / 1e6;

const servingFunctions = { auth: /-auth$/, api: /-api$/ } as const;

/** Which of the two functions that serve requests a function or its log is. */
export function findServingFunction(name: string): keyof Usage["calls"] | undefined {
  return (Object.keys(servingFunctions) as (keyof typeof servingFunctions)[]).find((each) =>
    servingFunctions[each].test(name),
  );
}

/** Calls of a function in a month, and how long each takes. */
function computeWork(name: string, { calls, dumps, dataGb }: Usage): { calls: number; seconds: number } {
  const {
    authMilliseconds,
    apiMilliseconds,
    dumpMegabytesPerSecond,
    restoreTestMegabytesPerSecond,
    restoreTests,
  } = assumptions;
  /** No longer than Lambda lets a function run. */
  const secondsAt = (megabytesPerSecond: number) => Math.min((dataGb * 1_000) / megabytesPerSecond, 900);
  const which = findServingFunction(name);
  // An operator calls it, before a release: a few times in a month.
  if (name.endsWith("-migrate")) return { calls: 0, seconds: 0 };
  // CodeDeploy calls it twice for a release.
  if (name.endsWith(`-${preTrafficFunctionId}`)) return { calls: 0, seconds: 0 };
  if (name.endsWith("-dump")) return { calls: dumps, seconds: secondsAt(dumpMegabytesPerSecond.value) };
  if (name.endsWith("-restore-test")) {
    return { calls: restoreTests.value, seconds: secondsAt(restoreTestMegabytesPerSecond.value) };
  }
  if (!which) {
    throw new ConfigurationError(
      `The function ${name} has no place in the estimate. Nothing says how often it is called. ` +
        `Say so in scripts/cost/priced-requests.ts.`,
    );
  }
  const milliseconds = { auth: authMilliseconds.value, api: apiMilliseconds.value }[which];
  return { calls: calls[which], seconds: milliseconds / 1_000 };
}

const lambda: PricingRule = ({ id, attributes, siblings }, usage) => {
  const { calls, seconds } = computeWork(attributes.function_name, usage);
  const cold = (assumptions.coldShare.value * assumptions.coldMilliseconds.value) / 1_000;
  return [
    charge("lambdaRequests", toMillions(calls)),
    charge(
      findProvisionedAlias(id, siblings) ? "lambdaReadyCompute" : "lambdaCompute",
      (calls * (seconds + cold) * attributes.memory_size) / 1_024,
    ),
  ];
};

/** The alias of a function that has environments kept ready. */
function findProvisionedAlias(functionId: string, beside: Resource["siblings"]): string | undefined {
  const aliases = Object.entries(beside("aws_lambda_alias")).filter(
    ([, { function_name }]) => function_name === `\${aws_lambda_function.${functionId}.function_name}`,
  );
  const qualifiers = Object.values(beside("aws_lambda_provisioned_concurrency_config")).map(
    ({ qualifier }) => qualifier,
  );
  return aliases.map(([id]) => id).find((id) => qualifiers.includes(`\${aws_lambda_alias.${id}.name}`));
}

/** As many as are busy, and some more by the scaling's target, within its limits. */
const provisionedConcurrency: PricingRule = ({ attributes, siblings }, usage) => {
  const [, lambda] = Object.entries(siblings("aws_lambda_function")).find(([functionId]) =>
    attributes.qualifier.includes(`.${findProvisionedAlias(functionId, siblings)}.`),
  )!;
  const { calls, seconds } = computeWork(lambda.function_name, usage);
  const [target] = Object.values(siblings("aws_appautoscaling_target"));
  const [policy] = Object.values(siblings("aws_appautoscaling_policy"));
  const busy = (calls / secondsPerMonth) * seconds;
  const wanted = Math.ceil(busy / policy!.target_tracking_scaling_policy_configuration.target_value);
  const count = Math.min(Math.max(wanted, target!.min_capacity), target!.max_capacity);
  return [charge("lambdaReady", count * computeMonthlyGbSeconds(lambda.memory_size))];
};

const restApi: PricingRule = (_, { apiRequests, requests }) => [
  charge("apiRequests", toMillions(apiRequests)),
  // What goes to CloudFront is free: https://aws.amazon.com/cloudfront/pricing/
  ...(apiRequests === requests
    ? [charge("trafficOut", toGb(apiRequests * assumptions.responseBytes.value))]
    : []),
];

const stage: PricingRule = ({ attributes }, { traces }) =>
  attributes.xray_tracing_enabled ? [charge("traces", toMillions(traces))] : [];

const webAcl: PricingRule = ({ attributes }, usage) => [
  charge("webAcl", 1),
  charge("webAclRule", attributes.rule.length),
  charge("wafRequests", toMillions(attributes.scope === "CLOUDFRONT" ? usage.requests : usage.apiRequests)),
];

/**
 * A group of WAF rules is charged by the rule, and a secret by the piece; CloudFront's functions are charged where they
 * run.
 */
const cloudformation: PricingRule = ({ attributes }) => {
  const { Resources } = JSON.parse(attributes.template_body) as { Resources: Record<string, Attributes> };
  return Object.values(Resources).flatMap(({ Type, Properties }) => {
    if (Type === "AWS::WAFv2::RuleGroup") return [charge("webAclRule", Properties.Rules.length)];
    return Type === "AWS::SecretsManager::Secret" ? [charge("secret", 1)] : [];
  });
};

const distribution: PricingRule = (_, { requests, apiRequests }): LineItem[] => [
  charge("edgeRequests", toMillions(requests)),
  charge("edgeTraffic", toGb(requests * assumptions.responseBytes.value)),
  charge("edgeFunctions", toMillions(apiRequests)),
];

/** What is charged by the request, for the most part. */
export const pricedRequests: Readonly<Record<string, PricingRule>> = {
  aws_api_gateway_rest_api: restApi,
  aws_api_gateway_stage: stage,
  aws_cloudformation_stack: cloudformation,
  aws_cloudfront_distribution: distribution,
  aws_lambda_function: lambda,
  aws_lambda_provisioned_concurrency_config: provisionedConcurrency,
  aws_wafv2_web_acl: webAcl,
};

import { previewEnvironment, previewPrefix } from "../../service/contract.ts";
import type { PolicyStatement } from "../constructs/identity/policy-document.ts";
import { toPreviewBoundaryArn } from "../constructs/previews/preview-foundation.ts";
import type { EcobeatStack } from "../ecobeat-stack.ts";
import { migrationFunction } from "../names.ts";
import { apiScope } from "./api-actions.ts";
import {
  beingTagged,
  type DeployActions,
  type DeployActionTable,
  type Grant,
  logDelivery,
  namedScope,
  readWrite,
  type Scope,
  taggedForEnvironment,
} from "./deploy-actions.ts";
import { denyOtherRegions } from "./deploy-limits.ts";
import { toStatements } from "./deploy-policies.ts";
import { functionActions } from "./function-actions.ts";
import { observabilityActions } from "./observability-actions.ts";
import { roleActions } from "./role-actions.ts";

/**
 * API Gateway chooses the ids of its resources, so that no name separates those of previews from the environment's own: their tag
 * does. Resources below an API or a usage plan inherit it:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
 */
const readable = apiScope("Apis", "restapis", "restapis/*", "apikeys", "apikeys/*", "usageplans", "usageplans/*");
const created = beingTagged(apiScope("Apis", "restapis", "apikeys", "usageplans"));
const owned = taggedForEnvironment(apiScope("Apis", "restapis/*", "apikeys/*", "usageplans/*"));

/** To change tags, except the one that decides what a preview owns, in any case: names of condition keys have none. */
const otherTags: Scope = {
  ...apiScope("ApiTags", "tags/*"),
  conditions: () => ({ "ForAllValues:StringNotEqualsIgnoreCase": { "aws:TagKeys": "environment" } }),
};

const read: Grant = [readable, "GET"];
const own: Grant = [owned, "DELETE", "PATCH", "POST", "PUT"];
const apiPart = readWrite(read, own);
const taggedApi: DeployActions = readWrite(read, [created, "POST"], own, [otherTags, "DELETE", "PUT"]);

const logGroups = namedScope("LogGroups", "logs", (prefix) =>
  ["lambda", "apigateway"].map((service) => `log-group:/aws/${service}/${prefix}-*`),
);

/** Narrower than those of a whole environment: the log groups of previews, and no role of an administrator. */
const { aws_iam_role, aws_iam_role_policy } = roleActions;
const onLogGroups = ({ read, write }: DeployActions): DeployActions => {
  const narrow = (grants: readonly Grant[]) =>
    grants.map(([scope, ...actions]): Grant => [scope.sid === logGroups.sid ? logGroups : scope, ...actions]);
  return { read: narrow(read), write: narrow(write) };
};

const pick = (table: DeployActionTable, ...types: readonly string[]): DeployActionTable =>
  Object.fromEntries(types.map((type) => [type, table[type]!]));

/** The actions that the provider needs for a preview, by the types of its resources. */
export const previewActions: DeployActionTable = {
  aws_api_gateway_api_key: taggedApi,
  aws_api_gateway_deployment: apiPart,
  aws_api_gateway_gateway_response: apiPart,
  aws_api_gateway_integration: apiPart,
  aws_api_gateway_method: apiPart,
  aws_api_gateway_method_settings: apiPart,
  aws_api_gateway_resource: apiPart,
  aws_api_gateway_rest_api: taggedApi,
  aws_api_gateway_stage: { ...taggedApi, write: [...taggedApi.write, logDelivery] },
  aws_api_gateway_usage_plan: taggedApi,
  aws_api_gateway_usage_plan_key: apiPart,
  aws_cloudwatch_log_data_protection_policy: onLogGroups(
    observabilityActions.aws_cloudwatch_log_data_protection_policy!,
  ),
  aws_cloudwatch_log_group: onLogGroups(observabilityActions.aws_cloudwatch_log_group!),
  aws_iam_role: { ...aws_iam_role!, read: aws_iam_role!.read.filter(([{ sid }]) => sid === "Roles") },
  aws_iam_role_policy: aws_iam_role_policy!,
  ...pick(
    functionActions,
    "aws_lambda_alias",
    "aws_lambda_function",
    "aws_lambda_function_event_invoke_config",
    "aws_lambda_permission",
  ),
};

/** To create indexes, and to delete the data. */
const invocation: Grant = [
  namedScope("Migrations", "lambda", (prefix) => [`function:${prefix}-*-${migrationFunction}`]),
  "InvokeFunction",
];

/** What workflows may do that create and destroy previews in the environment of a stack. */
export function previewStatements(host: EcobeatStack): PolicyStatement[] {
  const { accountId, region, environment } = host;
  const grants = Object.values(previewActions).flatMap(({ read, write }) => [...read, ...write]);
  const target = {
    namePrefix: previewPrefix,
    environment: previewEnvironment,
    boundaryArn: toPreviewBoundaryArn(host),
    accountId,
    region,
    apiDomain: environment.apiDomain,
  };
  return [...toStatements([...grants, invocation], target), denyOtherRegions([region])];
}

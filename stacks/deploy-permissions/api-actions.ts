import {
  type DeployActions,
  type DeployActionTable,
  logDelivery,
  namedScope,
  readWrite,
  scope,
  tagging,
} from "./deploy-actions.ts";
import { passableRoles, serviceLinkedRoles } from "./role-actions.ts";

/** API Gateway chooses the ids, and supports no conditions on tags for the paths below them. */
export const apiScope = (sid: string, ...paths: readonly string[]) =>
  scope(sid, "apigateway", () => paths.map((path) => `arn:aws:apigateway:*::/${path}`));

const apis = apiScope("Apis", "restapis", "restapis/*");
const stages = apiScope("Stages", "restapis/*/stages/*");
const usage = apiScope("ApiUsage", "apikeys", "apikeys/*", "usageplans", "usageplans/*");
const plans = apiScope("UsagePlans", "usageplans/*");
const account = apiScope("ApiAccount", "account");
const apiTagging = [apiScope("ApiTags", "tags/*"), "DELETE", "PUT"] as const;
const domains = scope("ApiDomains", "apigateway", ({ apiDomain }) => [
  "arn:aws:apigateway:*::/domainnames",
  ...[apiDomain, `*.${apiDomain}`].flatMap((name) => [
    `arn:aws:apigateway:*::/domainnames/${name}`,
    `arn:aws:apigateway:*::/domainnames/${name}/*`,
  ]),
]);

export const webAcls = namedScope("WebAcls", "wafv2", (prefix) =>
  ["regional", "global"].flatMap((kind) => [`${kind}/webacl/${prefix}-*/*`, `${kind}/rulegroup/${prefix}-*/*`]),
);
/** Rule groups that AWS manages, which web ACLs refer to. */
const managedRules = scope("ManagedRules", "wafv2", () => ["arn:aws:wafv2:*:*:*/managedruleset/*/*"]);

/** A resource of an API, below its id. */
const apiPart = (...verbs: readonly ("DELETE" | "PATCH" | "POST" | "PUT")[]): DeployActions => ({
  read: [[apis, "GET"]],
  write: [[apis, ...verbs]],
});

/** WAF and the API. The actions of API Gateway are the HTTP methods of its own API. */
export const apiActions: DeployActionTable = {
  aws_api_gateway_account: readWrite([account, "GET"], [account, "PATCH"], [passableRoles, "PassRole"]),
  aws_api_gateway_api_key: {
    read: [[usage, "GET"]],
    // Every installed app contains the key: no deploy role deletes it.
    write: [[usage, "PATCH", "POST"], apiTagging],
  },
  aws_api_gateway_base_path_mapping: readWrite([domains, "GET"], [domains, "DELETE", "PATCH", "POST"]),
  aws_api_gateway_deployment: apiPart("DELETE", "PATCH", "POST"),
  aws_api_gateway_domain_name: readWrite(
    [domains, "GET"],
    [domains, "AddCertificateToDomain", "DELETE", "PATCH", "POST", "RemoveCertificateFromDomain"],
    apiTagging,
    [serviceLinkedRoles, "CreateServiceLinkedRole"],
  ),
  aws_api_gateway_gateway_response: apiPart("DELETE", "PATCH", "PUT"),
  aws_api_gateway_integration: apiPart("DELETE", "PATCH", "PUT"),
  aws_api_gateway_method: apiPart("DELETE", "PATCH", "PUT"),
  aws_api_gateway_method_settings: apiPart("PATCH"),
  aws_api_gateway_resource: apiPart("DELETE", "PATCH", "POST"),
  aws_api_gateway_rest_api: readWrite([apis, "GET"], [apis, "DELETE", "PATCH", "POST", "PUT"], apiTagging),
  aws_api_gateway_stage: readWrite([apis, "GET"], [apis, "DELETE", "PATCH", "POST"], apiTagging, logDelivery),
  aws_api_gateway_usage_plan: readWrite([usage, "GET"], [usage, "PATCH", "POST"], [plans, "DELETE"], apiTagging),
  aws_api_gateway_usage_plan_key: readWrite([usage, "GET"], [usage, "POST"], [plans, "DELETE"]),
  aws_wafv2_web_acl: readWrite(
    [webAcls, "GetWebACL", "ListTagsForResource"],
    [webAcls, "CreateWebACL", "DeleteWebACL", "UpdateWebACL"],
    tagging(webAcls),
    [managedRules, "CreateWebACL", "UpdateWebACL"],
  ),
  aws_wafv2_web_acl_association: {
    read: [
      [webAcls, "GetWebACL", "GetWebACLForResource"],
      [stages, "wafv2:GetWebACLForResource"],
    ],
    write: [
      [webAcls, "AssociateWebACL"],
      [stages, "SetWebACL", "wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"],
    ],
  },
  aws_wafv2_web_acl_logging_configuration: readWrite(
    [webAcls, "GetLoggingConfiguration"],
    [webAcls, "DeleteLoggingConfiguration", "PutLoggingConfiguration"],
    logDelivery,
  ),
};

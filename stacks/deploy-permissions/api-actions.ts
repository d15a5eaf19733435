import { allResources, type DeployActionTable, scope } from "./deploy-actions.ts";
import { passableRoles, serviceLinkedRoles } from "./role-actions.ts";

/** Ids that API Gateway makes up, and paths below them: it knows nothing of tags there. */
const apis = scope("Apis", () => ["arn:aws:apigateway:*::/restapis", "arn:aws:apigateway:*::/restapis/*"]);
const usage = scope("ApiUsage", () =>
  ["apikeys", "usageplans"].flatMap((kind) => [
    `arn:aws:apigateway:*::/${kind}`,
    `arn:aws:apigateway:*::/${kind}/*`,
  ]),
);
const plans = scope("UsagePlans", () => ["arn:aws:apigateway:*::/usageplans/*"]);
const domains = scope("ApiDomains", ({ apiDomain }) => [
  "arn:aws:apigateway:*::/domainnames",
  ...[apiDomain, `*.${apiDomain}`].flatMap((name) => [
    `arn:aws:apigateway:*::/domainnames/${name}`,
    `arn:aws:apigateway:*::/domainnames/${name}/*`,
  ]),
]);
const account = scope("ApiAccount", () => ["arn:aws:apigateway:*::/account"]);
const tags = scope("ApiTags", () => ["arn:aws:apigateway:*::/tags/*"]);
const tagging = [[tags, "apigateway:DELETE", "apigateway:PUT"]] as const;

const webAcls = scope("WebAcls", ({ name, accountId }) =>
  ["regional", "global"].flatMap((scope) => [
    `arn:aws:wafv2:*:${accountId}:${scope}/webacl/${name}-*/*`,
    `arn:aws:wafv2:*:${accountId}:${scope}/rulegroup/${name}-*/*`,
  ]),
);
/** Rule groups that AWS manages, named by a web ACL that uses them. */
const managedRules = scope("ManagedRules", () => ["arn:aws:wafv2:*:*:*/managedruleset/*/*"]);
const stages = scope("Stages", () => ["arn:aws:apigateway:*::/restapis/*/stages/*"]);

/**
 * The way of a log to CloudWatch is made in the name of whoever asks for it:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V1-CloudWatchLogs.html
 */
const logDelivery = [
  [
    allResources,
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
  ],
] as const;

/** A part of an API, below its id. */
const apiPart = (...verbs: readonly ("DELETE" | "PATCH" | "POST" | "PUT")[]) => ({
  read: [[apis, "apigateway:GET"]] as const,
  write: [[apis, ...verbs.map((verb) => `apigateway:${verb}`)]] as const,
});

/** What a request passes: WAF, API, function. API Gateway's actions are the verbs of its HTTP interface. */
export const apiActions: DeployActionTable = {
  aws_api_gateway_account: {
    read: [[account, "apigateway:GET"]],
    write: [
      [account, "apigateway:PATCH"],
      [passableRoles, "iam:PassRole"],
    ],
  },
  aws_api_gateway_api_key: {
    read: [[usage, "apigateway:GET"]],
    // Every installed app holds the key: nobody who deploys deletes it.
    write: [[usage, "apigateway:PATCH", "apigateway:POST"], ...tagging],
  },
  aws_api_gateway_base_path_mapping: {
    read: [[domains, "apigateway:GET"]],
    write: [[domains, "apigateway:DELETE", "apigateway:PATCH", "apigateway:POST"]],
  },
  aws_api_gateway_deployment: apiPart("DELETE", "PATCH", "POST"),
  aws_api_gateway_domain_name: {
    read: [[domains, "apigateway:GET"]],
    write: [
      [
        domains,
        "apigateway:AddCertificateToDomain",
        "apigateway:DELETE",
        "apigateway:PATCH",
        "apigateway:POST",
        "apigateway:RemoveCertificateFromDomain",
      ],
      ...tagging,
      [serviceLinkedRoles, "iam:CreateServiceLinkedRole"],
    ],
  },
  aws_api_gateway_gateway_response: apiPart("DELETE", "PATCH", "PUT"),
  aws_api_gateway_integration: apiPart("DELETE", "PATCH", "PUT"),
  aws_api_gateway_method: apiPart("DELETE", "PATCH", "PUT"),
  aws_api_gateway_method_settings: apiPart("PATCH"),
  aws_api_gateway_resource: apiPart("DELETE", "PATCH", "POST"),
  aws_api_gateway_rest_api: {
    read: [[apis, "apigateway:GET"]],
    write: [[apis, "apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT"], ...tagging],
  },
  aws_api_gateway_stage: {
    read: [[apis, "apigateway:GET"]],
    write: [[apis, "apigateway:DELETE", "apigateway:PATCH", "apigateway:POST"], ...tagging, ...logDelivery],
  },
  aws_api_gateway_usage_plan: {
    read: [[usage, "apigateway:GET"]],
    write: [[usage, "apigateway:PATCH", "apigateway:POST"], [plans, "apigateway:DELETE"], ...tagging],
  },
  aws_api_gateway_usage_plan_key: {
    read: [[usage, "apigateway:GET"]],
    write: [
      [usage, "apigateway:POST"],
      [plans, "apigateway:DELETE"],
    ],
  },
  aws_wafv2_web_acl: {
    read: [[webAcls, "wafv2:GetWebACL", "wafv2:ListTagsForResource"]],
    write: [
      [
        webAcls,
        "wafv2:CreateWebACL",
        "wafv2:DeleteWebACL",
        "wafv2:TagResource",
        "wafv2:UntagResource",
        "wafv2:UpdateWebACL",
      ],
      [managedRules, "wafv2:CreateWebACL", "wafv2:UpdateWebACL"],
    ],
  },
  aws_wafv2_web_acl_association: {
    read: [
      [webAcls, "wafv2:GetWebACLForResource"],
      [stages, "wafv2:GetWebACLForResource"],
    ],
    write: [
      [webAcls, "wafv2:AssociateWebACL"],
      [stages, "apigateway:SetWebACL", "wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"],
    ],
  },
  aws_wafv2_web_acl_logging_configuration: {
    read: [[webAcls, "wafv2:GetLoggingConfiguration"]],
    write: [[webAcls, "wafv2:DeleteLoggingConfiguration", "wafv2:PutLoggingConfiguration"], ...logDelivery],
  },
};

import { toGlobalName } from "../names.ts";
import { webAcls } from "./api-actions.ts";
import {
  allResources,
  beingTagged,
  type DeployActionTable,
  namedScope,
  readWrite,
  type Scope,
  scope,
  taggedForEnvironment,
  tagging,
} from "./deploy-actions.ts";

const certificates = scope("Certificates", "acm", ({ accountId }) => [`arn:aws:acm:*:${accountId}:certificate/*`]);
const zones = scope("Zones", "route53", () => ["arn:aws:route53:::hostedzone/*"]);
const changes = scope("ZoneChanges", "route53", () => ["arn:aws:route53:::change/*"]);

/** Records of the environment's own names, in any zone. */
const records: Scope = {
  ...zones,
  sid: "Records",
  conditions: ({ apiDomain }) => ({
    "ForAllValues:StringLike": {
      "route53:ChangeResourceRecordSetsNormalizedRecordNames": [apiDomain, `*.${apiDomain}`],
    },
  }),
};

const distributions = scope("Distributions", "cloudfront", ({ accountId }) => [
  `arn:aws:cloudfront::${accountId}:distribution/*`,
]);
/** Settings that distributions share. CloudFront chooses their ids, and does not support tags. */
const distributionSettings = scope("DistributionSettings", "cloudfront", ({ accountId }) =>
  ["cache-policy", "origin-access-control", "response-headers-policy"].map(
    (kind) => `arn:aws:cloudfront::${accountId}:${kind}/*`,
  ),
);

const distributionSetting = (kind: string) => ({
  read: [[distributionSettings, `Get${kind}`]] as const,
  write: [
    [allResources, `cloudfront:Create${kind}`],
    [distributionSettings, `Delete${kind}`, `Update${kind}`],
  ] as const,
});

const stacks = namedScope("CloudFormation", "cloudformation", (prefix) => [`stack/${prefix}-*/*`]);

/** The same scope, only for calls that CloudFormation makes for a stack, with the permissions of its caller. */
const byCloudFormation = (scope: Scope): Scope => ({
  ...scope,
  sid: `${scope.sid}ByCloudFormation`,
  conditions: () => ({ StringEquals: { "aws:CalledViaFirst": "cloudformation.amazonaws.com" } }),
});

const ruleGroups = byCloudFormation(
  namedScope("RuleGroups", "wafv2", (prefix) => [`regional/rulegroup/${prefix}-*/*`]),
);
const viewerFunctions = byCloudFormation(
  scope("ViewerFunctions", "cloudfront", ({ namePrefix, region, accountId }) => [
    `arn:aws:cloudfront::${accountId}:function/${toGlobalName(`${namePrefix}-*`, { region })}`,
  ]),
);
const secrets = byCloudFormation(namedScope("Secrets", "secretsmanager", (prefix) => [`secret:${prefix}-*`]));
const secretKeys: Scope = {
  sid: "KeysForSecrets",
  service: "kms",
  resources: ({ accountId }) => [`arn:aws:kms:*:${accountId}:key/*`],
  conditions: ({ environment }) => ({
    StringEquals: { "aws:CalledViaFirst": "cloudformation.amazonaws.com" },
    StringEqualsIfExists: { "aws:ResourceTag/environment": environment },
    StringLike: { "kms:ViaService": "secretsmanager.*.amazonaws.com" },
  }),
};

/** DNS, certificates, CloudFront, and the resources of CloudFormation, which resolves secrets in templates. */
export const edgeActions: DeployActionTable = {
  aws_acm_certificate: readWrite(
    // Without a condition on the tag: a new certificate is read immediately.
    [certificates, "DescribeCertificate", "ListTagsForCertificate"],
    [beingTagged(allResources), "acm:RequestCertificate"],
    [beingTagged(certificates), "AddTagsToCertificate"],
    [taggedForEnvironment(certificates), "DeleteCertificate", "RemoveTagsFromCertificate"],
  ),
  aws_acm_certificate_validation: readWrite([certificates, "DescribeCertificate"]),
  aws_cloudformation_stack: readWrite(
    [stacks, "DescribeStacks", "GetTemplate"],
    [stacks, "CreateStack", "DeleteStack", "DescribeStackEvents", "UpdateStack"],
    tagging(stacks),
    [ruleGroups, "CreateRuleGroup", "DeleteRuleGroup", "GetRuleGroup", "ListTagsForResource", "UpdateRuleGroup"],
    tagging(ruleGroups),
    [byCloudFormation(allResources), "cloudfront:CreateFunction", "secretsmanager:GetRandomPassword"],
    [
      viewerFunctions,
      "DeleteFunction",
      "DescribeFunction",
      "GetFunction",
      "ListTagsForResource",
      "PublishFunction",
      "UpdateFunction",
    ],
    tagging(viewerFunctions),
    [secrets, "CreateSecret", "DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecret"],
    tagging(secrets),
    [secretKeys, "Decrypt", "GenerateDataKey"],
  ),
  aws_cloudfront_cache_policy: distributionSetting("CachePolicy"),
  aws_cloudfront_distribution: readWrite(
    // Without a condition on the tag: a new distribution is read immediately, until it is deployed.
    [distributions, "GetDistribution", "ListTagsForResource"],
    [beingTagged(allResources), "cloudfront:CreateDistribution"],
    [beingTagged(distributions), "TagResource"],
    [taggedForEnvironment(distributions), "DeleteDistribution", "UpdateDistribution"],
    tagging(taggedForEnvironment(distributions)),
    [webAcls, "GetWebACL"],
  ),
  aws_cloudfront_origin_access_control: distributionSetting("OriginAccessControl"),
  aws_cloudfront_response_headers_policy: distributionSetting("ResponseHeadersPolicy"),
  aws_route53_record: readWrite(
    [zones, "GetHostedZone", "ListResourceRecordSets"],
    [records, "ChangeResourceRecordSets"],
    [changes, "GetChange"],
  ),
  aws_route53_zone: readWrite(
    [zones, "GetHostedZone", "ListTagsForResource"],
    [allResources, "route53:CreateHostedZone"],
    [zones, "ChangeTagsForResource", "UpdateHostedZoneComment"],
    [changes, "GetChange"],
  ),
};

import { anything, type DeployActionTable, made, on, own, type Scope } from "./deploy-actions.ts";

const certificates = on("Certificates", ({ accountId }) => [`arn:aws:acm:*:${accountId}:certificate/*`]);
const zones = on("Zones", () => ["arn:aws:route53:::hostedzone/*"]);
const changes = on("ZoneChanges", () => ["arn:aws:route53:::change/*"]);

/** Records of the environment's own names, in whatever zone. */
const records: Scope = {
  ...zones,
  sid: "Records",
  conditions: ({ apiDomain }) => ({
    "ForAllValues:StringLike": {
      "route53:ChangeResourceRecordSetsNormalizedRecordNames": [apiDomain, `*.${apiDomain}`],
    },
  }),
};

const distributions = on("Distributions", ({ accountId }) => [
  `arn:aws:cloudfront::${accountId}:distribution/*`,
]);
/** What distributions share. CloudFront makes their ids up and knows no tags of them. */
const settings = on("DistributionSettings", ({ accountId }) =>
  ["cache-policy", "origin-access-control", "response-headers-policy"].map(
    (kind) => `arn:aws:cloudfront::${accountId}:${kind}/*`,
  ),
);

const setting = (name: string) => ({
  read: [[settings, `cloudfront:Get${name}`]] as const,
  write: [
    [anything, `cloudfront:Create${name}`],
    [settings, `cloudfront:Delete${name}`, `cloudfront:Update${name}`],
  ] as const,
});

const stacks = on("CloudFormation", ({ name, accountId }) => [
  `arn:aws:cloudformation:*:${accountId}:stack/${name}-*/*`,
]);

/** Only what CloudFormation asks for while it makes a stack, in the name of whoever asked for the stack. */
const byCloudFormation = (scope: Scope): Scope => ({
  ...scope,
  sid: `${scope.sid}ByCloudFormation`,
  conditions: () => ({ StringEquals: { "aws:CalledViaFirst": "cloudformation.amazonaws.com" } }),
});

const ruleGroups = byCloudFormation(
  on("RuleGroups", ({ name, accountId }) => [`arn:aws:wafv2:*:${accountId}:regional/rulegroup/${name}-*/*`]),
);
const viewerFunctions = byCloudFormation(
  on("ViewerFunctions", ({ name, accountId }) => [`arn:aws:cloudfront::${accountId}:function/${name}-*`]),
);
const secrets = byCloudFormation(
  on("Secrets", ({ name, accountId }) => [`arn:aws:secretsmanager:*:${accountId}:secret:${name}-*`]),
);
const secretKeys: Scope = {
  sid: "KeysForSecrets",
  resources: ({ accountId }) => [`arn:aws:kms:*:${accountId}:key/*`],
  conditions: ({ environment }) => ({
    StringEquals: {
      "aws:CalledViaFirst": "cloudformation.amazonaws.com",
      "aws:ResourceTag/environment": environment,
    },
    StringLike: { "kms:ViaService": "secretsmanager.*.amazonaws.com" },
  }),
};

/** Names, certificates, CloudFront, and what CloudFormation makes because it alone can hand a secret on. */
export const edgeActions: DeployActionTable = {
  aws_acm_certificate: {
    read: [[own(certificates), "acm:DescribeCertificate", "acm:ListTagsForCertificate"]],
    write: [
      [made(anything), "acm:RequestCertificate"],
      [made(certificates), "acm:AddTagsToCertificate"],
      [own(certificates), "acm:DeleteCertificate", "acm:RemoveTagsFromCertificate"],
    ],
  },
  aws_acm_certificate_validation: {
    read: [[own(certificates), "acm:DescribeCertificate"]],
    write: [],
  },
  aws_cloudformation_stack: {
    read: [[stacks, "cloudformation:DescribeStacks", "cloudformation:GetTemplate"]],
    write: [
      [
        stacks,
        "cloudformation:CreateStack",
        "cloudformation:DeleteStack",
        "cloudformation:DescribeStackEvents",
        "cloudformation:TagResource",
        "cloudformation:UntagResource",
        "cloudformation:UpdateStack",
      ],
      [
        ruleGroups,
        "wafv2:CreateRuleGroup",
        "wafv2:DeleteRuleGroup",
        "wafv2:GetRuleGroup",
        "wafv2:ListTagsForResource",
        "wafv2:TagResource",
        "wafv2:UntagResource",
        "wafv2:UpdateRuleGroup",
      ],
      [byCloudFormation(anything), "cloudfront:CreateFunction", "secretsmanager:GetRandomPassword"],
      [
        viewerFunctions,
        "cloudfront:DeleteFunction",
        "cloudfront:DescribeFunction",
        "cloudfront:GetFunction",
        "cloudfront:ListTagsForResource",
        "cloudfront:PublishFunction",
        "cloudfront:TagResource",
        "cloudfront:UntagResource",
        "cloudfront:UpdateFunction",
      ],
      [
        secrets,
        "secretsmanager:CreateSecret",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:TagResource",
        "secretsmanager:UntagResource",
        "secretsmanager:UpdateSecret",
      ],
      [secretKeys, "kms:Decrypt", "kms:GenerateDataKey"],
    ],
  },
  aws_cloudfront_cache_policy: setting("CachePolicy"),
  aws_cloudfront_distribution: {
    read: [[own(distributions), "cloudfront:GetDistribution", "cloudfront:ListTagsForResource"]],
    write: [
      [made(anything), "cloudfront:CreateDistribution"],
      [made(distributions), "cloudfront:TagResource"],
      [
        own(distributions),
        "cloudfront:DeleteDistribution",
        "cloudfront:TagResource",
        "cloudfront:UntagResource",
        "cloudfront:UpdateDistribution",
      ],
    ],
  },
  aws_cloudfront_origin_access_control: setting("OriginAccessControl"),
  aws_cloudfront_response_headers_policy: setting("ResponseHeadersPolicy"),
  aws_route53_record: {
    read: [[zones, "route53:GetHostedZone", "route53:ListResourceRecordSets"]],
    write: [
      [records, "route53:ChangeResourceRecordSets"],
      [changes, "route53:GetChange"],
    ],
  },
  aws_route53_zone: {
    read: [[zones, "route53:GetHostedZone", "route53:ListTagsForResource"]],
    write: [
      [anything, "route53:CreateHostedZone"],
      [zones, "route53:ChangeTagsForResource", "route53:UpdateHostedZoneComment"],
      [changes, "route53:GetChange"],
    ],
  },
};

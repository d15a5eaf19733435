import {
  allResources,
  beingTagged,
  type DeployActionTable,
  type Scope,
  scope,
  taggedForEnvironment,
} from "./deploy-actions.ts";

const certificates = scope("Certificates", ({ accountId }) => [`arn:aws:acm:*:${accountId}:certificate/*`]);
const zones = scope("Zones", () => ["arn:aws:route53:::hostedzone/*"]);
const changes = scope("ZoneChanges", () => ["arn:aws:route53:::change/*"]);

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

const distributions = scope("Distributions", ({ accountId }) => [
  `arn:aws:cloudfront::${accountId}:distribution/*`,
]);
/** What distributions share. CloudFront makes their ids up and knows no tags of them. */
const distributionSettings = scope("DistributionSettings", ({ accountId }) =>
  ["cache-policy", "origin-access-control", "response-headers-policy"].map(
    (kind) => `arn:aws:cloudfront::${accountId}:${kind}/*`,
  ),
);

const distributionSetting = (name: string) => ({
  read: [[distributionSettings, `cloudfront:Get${name}`]] as const,
  write: [
    [allResources, `cloudfront:Create${name}`],
    [distributionSettings, `cloudfront:Delete${name}`, `cloudfront:Update${name}`],
  ] as const,
});

const stacks = scope("CloudFormation", ({ name, accountId }) => [
  `arn:aws:cloudformation:*:${accountId}:stack/${name}-*/*`,
]);

/** Only what CloudFormation asks for while it makes a stack, in the name of whoever asked for the stack. */
const byCloudFormation = (scope: Scope): Scope => ({
  ...scope,
  sid: `${scope.sid}ByCloudFormation`,
  conditions: () => ({ StringEquals: { "aws:CalledViaFirst": "cloudformation.amazonaws.com" } }),
});

const ruleGroups = byCloudFormation(
  scope("RuleGroups", ({ name, accountId }) => [
    `arn:aws:wafv2:*:${accountId}:regional/rulegroup/${name}-*/*`,
  ]),
);
const viewerFunctions = byCloudFormation(
  scope("ViewerFunctions", ({ name, accountId }) => [`arn:aws:cloudfront::${accountId}:function/${name}-*`]),
);
const secrets = byCloudFormation(
  scope("Secrets", ({ name, accountId }) => [`arn:aws:secretsmanager:*:${accountId}:secret:${name}-*`]),
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
    read: [[taggedForEnvironment(certificates), "acm:DescribeCertificate", "acm:ListTagsForCertificate"]],
    write: [
      [beingTagged(allResources), "acm:RequestCertificate"],
      [beingTagged(certificates), "acm:AddTagsToCertificate"],
      [taggedForEnvironment(certificates), "acm:DeleteCertificate", "acm:RemoveTagsFromCertificate"],
    ],
  },
  aws_acm_certificate_validation: {
    read: [[taggedForEnvironment(certificates), "acm:DescribeCertificate"]],
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
      [byCloudFormation(allResources), "cloudfront:CreateFunction", "secretsmanager:GetRandomPassword"],
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
  aws_cloudfront_cache_policy: distributionSetting("CachePolicy"),
  aws_cloudfront_distribution: {
    read: [
      [taggedForEnvironment(distributions), "cloudfront:GetDistribution", "cloudfront:ListTagsForResource"],
    ],
    write: [
      [beingTagged(allResources), "cloudfront:CreateDistribution"],
      [beingTagged(distributions), "cloudfront:TagResource"],
      [
        taggedForEnvironment(distributions),
        "cloudfront:DeleteDistribution",
        "cloudfront:TagResource",
        "cloudfront:UntagResource",
        "cloudfront:UpdateDistribution",
      ],
    ],
  },
  aws_cloudfront_origin_access_control: distributionSetting("OriginAccessControl"),
  aws_cloudfront_response_headers_policy: distributionSetting("ResponseHeadersPolicy"),
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
      [allResources, "route53:CreateHostedZone"],
      [zones, "route53:ChangeTagsForResource", "route53:UpdateHostedZoneComment"],
      [changes, "route53:GetChange"],
    ],
  },
};

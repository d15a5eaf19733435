import type { WebAclRule } from "./web-acl-rule.ts";
import { requestBlockedResponse } from "./web-acl-rule.ts";

interface ManagedGroup {
  readonly name: string;
  /** Why the API needs it. */
  readonly why: string;
  /** Its rules in count mode, with the reason why they must not block. */
  readonly countMode: Readonly<Record<string, string>>;
  /**
   * Its rules that block with our block response, which an app can read. Rules that AWS adds later block without a body. AWS
   * WAF ignores names that no longer exist.
   */
  readonly blocking: readonly string[];
}

const passwords = "a strong password or a profile may match, and the service treats bodies as data only";

/** A rule's name for each part of a request that it inspects. */
const on = (rule: string, ...parts: readonly string[]): string[] => parts.map((part) => `${rule}_${part}`);

/** https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html */
export const managedGroups: readonly ManagedGroup[] = [
  {
    name: "AWSManagedRulesAmazonIpReputationList",
    why: "addresses that AWS knows as sources of attacks",
    countMode: {},
    blocking: ["AWSManagedIPReputationList", "AWSManagedReconnaissanceList"],
  },
  {
    name: "AWSManagedRulesKnownBadInputsRuleSet",
    why: "exploits of known vulnerabilities in frameworks, which our dependencies may share one day",
    countMode: {},
    blocking: [
      ...on("JavaDeserializationRCE", "HEADER", "BODY", "URIPATH", "QUERYSTRING"),
      ...on("Log4JRCE", "HEADER", "BODY", "URIPATH", "QUERYSTRING"),
      "Host_localhost_HEADER",
      "PROPFIND_METHOD",
      "ExploitablePaths_URIPATH",
      "ReactJSRCE_BODY",
    ],
  },
  {
    name: "AWSManagedRulesCommonRuleSet",
    why: "scanners, path traversal and injection in paths, queries and headers",
    countMode: {
      SizeRestrictions_BODY: "batches of activities exceed its limit of 8 kB",
      NoUserAgent_HEADER: "clients that check the health or fetch signing keys may send none",
      CrossSiteScripting_BODY: passwords,
      GenericLFI_BODY: passwords,
      GenericRFI_BODY: passwords,
      EC2MetaDataSSRF_BODY: passwords,
    },
    blocking: [
      "UserAgent_BadBots_HEADER",
      ...on("SizeRestrictions", "QUERYSTRING", "Cookie_HEADER", "URIPATH"),
      ...on("EC2MetaDataSSRF", "COOKIE", "URIPATH", "QUERYARGUMENTS"),
      ...on("GenericLFI", "QUERYARGUMENTS", "URIPATH"),
      ...on("RestrictedExtensions", "URIPATH", "QUERYARGUMENTS"),
      ...on("GenericRFI", "QUERYARGUMENTS", "URIPATH"),
      ...on("CrossSiteScripting", "COOKIE", "QUERYARGUMENTS", "URIPATH"),
    ],
  },
];

const { status, bodyKey, headers } = requestBlockedResponse;

/** {@link requestBlockedResponse} in Terraform's names. */
const block = {
  custom_response: { response_code: status, custom_response_body_key: bodyKey, response_header: headers },
};

/** The rule groups that AWS maintains. */
export const managedRules: readonly WebAclRule[] = managedGroups.map(({ name, countMode, blocking }) => ({
  name,
  statement: {
    managed_rule_group_statement: {
      vendor_name: "AWS",
      name,
      rule_action_override: [
        ...Object.keys(countMode).map((rule) => ({ name: rule, action_to_use: { count: {} } })),
        ...blocking.map((rule) => ({ name: rule, action_to_use: { block } })),
      ],
    },
  },
}));

import { type AddressRates, rateRules } from "./web-acl-rates.ts";

/**
 * One rule of a WAF. Statements are passed on as they are by the bindings, so they bear Terraform's names. A rule
 * without an action is a group of rules, each of which has its own.
 */
export interface WebAclRule {
  readonly name: string;
  readonly statement: Readonly<Record<string, unknown>>;
  /** @default what the rules of the group say */
  readonly action?: "block";
}

/**
 * The rules of a firewall that clients reach.
 *
 * @throws when AWS WAF does not know a limit
 */
export const publicRules = (props: AddressRates): WebAclRule[] => [
  ...rateRules(props),
  sizeRule,
  ...managedRules,
];

const none = [{ priority: 0, type: "NONE" }];

/** The longest path and the longest query that any client of ours sends, with room to spare; in bytes. */
const maximumPathBytes = 2048;
/** What AWS WAF sees of the headers; API Gateway would take 10,240. */
const maximumHeaderBytes = 8192;

/**
 * Refuses what is larger than any client of ours sends. A body between the service's limit of 100 kB and this one of
 * 1 MB is refused by the service, which can say why. The WAF sees 16 kB of a body at most, so it reads the announced
 * length.
 */
const sizeRule: WebAclRule = {
  name: "size",
  action: "block",
  statement: {
    or_statement: {
      statement: [
        longer(maximumPathBytes, { uri_path: {} }),
        longer(maximumPathBytes, { query_string: {} }),
        longer(maximumHeaderBytes, {
          headers: { match_scope: "ALL", match_pattern: { all: {} }, oversize_handling: "MATCH" },
        }),
        {
          regex_match_statement: {
            regex_string: "^[0-9]{7,}$",
            field_to_match: { single_header: { name: "content-length" } },
            text_transformation: none,
          },
        },
      ],
    },
  },
};

function longer(bytes: number, field: Readonly<Record<string, unknown>>) {
  return {
    size_constraint_statement: {
      comparison_operator: "GT",
      size: bytes,
      field_to_match: field,
      text_transformation: none,
    },
  };
}

interface ManagedGroup {
  readonly name: string;
  /** What it is good for here. */
  readonly why: string;
  /** Rules of it that only count, and why they must not refuse. */
  readonly counted: Readonly<Record<string, string>>;
}

const passwords =
  "a good password or a profile may hold what it looks for, and the service takes a body as data alone";

/** https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html */
export const managedGroups: readonly ManagedGroup[] = [
  {
    name: "AWSManagedRulesAmazonIpReputationList",
    why: "addresses that AWS sees attacking others, before they cost us anything",
    counted: {},
  },
  {
    name: "AWSManagedRulesKnownBadInputsRuleSet",
    why: "attempts on known holes of frameworks, which our dependencies may share one day",
    counted: {},
  },
  {
    name: "AWSManagedRulesCommonRuleSet",
    why: "scanners, path traversal and injection in paths, queries and headers",
    counted: {
      SizeRestrictions_BODY: "batches of activities are larger than its 8 kB",
      NoUserAgent_HEADER: "clients that check the health or verify tokens may have none",
      CrossSiteScripting_BODY: passwords,
      GenericLFI_BODY: passwords,
      GenericRFI_BODY: passwords,
      EC2MetaDataSSRF_BODY: passwords,
    },
  },
];

/** The rule groups that AWS keeps up to date. */
const managedRules: readonly WebAclRule[] = managedGroups.map(({ name, counted }) => ({
  name,
  statement: {
    managed_rule_group_statement: {
      vendor_name: "AWS",
      name,
      rule_action_override: Object.keys(counted).map((rule) => ({
        name: rule,
        action_to_use: { count: {} },
      })),
    },
  },
}));

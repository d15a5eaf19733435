import { linksRoute } from "../../../service/contract.ts";
import { guessableRoutes } from "../../../service/routes.ts";
import type { WebAclRule } from "./web-acl-rule.ts";
import { createTooManyRequestsResponse, requestBlockedResponse } from "./web-acl-rule.ts";

export interface AddressRates {
  /** Requests that one IP address may send in five minutes, from 10 to 2 000 000 000. */
  readonly requestsPerAddress: number;
  /** The same for {@link guessableRoutes}, and the pages that mails link to. */
  readonly auth: { readonly requestsPerAddress: number };
}

/**
 * The rules of a web ACL that clients reach.
 *
 * @throws {ConstructError} if AWS WAF does not support a limit, or the limit for auth is not the lower one
 */
export const createPublicRules = (props: AddressRates): WebAclRule[] => [
  ...createRateRules(props),
  sizeRule,
  ...managedRules,
];

const windowSeconds = 300;

/** {@link guessableRoutes} of any version of the API, and the pages whose forms do the same. */
const guessablePaths = [...new Set(guessableRoutes.map((path) => path.replace(/^\/v\d+\//, "/v[0-9]+/"))), linksRoute];

/** Blocks an address above its rate limit until it slows down. Routes where passwords can be guessed have a lower limit. */
function createRateRules({ requestsPerAddress, auth }: AddressRates): WebAclRule[] {
  const overall = toRateStatement(requestsPerAddress);
  const guesses = toRateStatement(auth.requestsPerAddress);
  return [
    {
      name: "rate-per-address",
      blockResponse: createTooManyRequestsResponse(windowSeconds),
      statement: { rate_based_statement: overall },
    },
    {
      name: "auth-rate-per-address",
      blockResponse: createTooManyRequestsResponse(windowSeconds),
      statement: {
        rate_based_statement: {
          ...guesses,
          scope_down_statement: {
            regex_match_statement: {
              field_to_match: { uri_path: {} },
              regex_string: `^(${guessablePaths.join("|")})(/|$)`,
              // The service's router accepts other spellings of the same path: they must count too.
              text_transformation: [
                { priority: 0, type: "URL_DECODE" },
                { priority: 1, type: "NORMALIZE_PATH" },
                { priority: 2, type: "LOWERCASE" },
              ],
            },
          },
        },
      },
    },
  ];
}

function toRateStatement(limit: number) {
  return { limit, evaluation_window_sec: windowSeconds, aggregate_key_type: "IP" };
}

const none = [{ priority: 0, type: "NONE" }];

/** Above the longest path and the longest query of our clients; in bytes. */
const maximumPathBytes = 2048;
/** How much of the headers AWS WAF inspects; API Gateway accepts 10,240. */
const maximumHeaderBytes = 8192;

/**
 * Blocks requests that are larger than those of our clients. The service rejects bodies between its own limit of 100 kB and
 * this one of 1 MB, with an explanation. AWS WAF inspects at most 16 kB of a body, so the rule matches `Content-Length`.
 */
const sizeRule: WebAclRule = {
  name: "size",
  blockResponse: requestBlockedResponse,
  statement: {
    or_statement: {
      statement: [
        isLonger(maximumPathBytes, { uri_path: {} }),
        isLonger(maximumPathBytes, { query_string: {} }),
        isLonger(maximumHeaderBytes, {
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

function isLonger(bytes: number, field: Readonly<Record<string, unknown>>) {
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
const managedRules: readonly WebAclRule[] = managedGroups.map(({ name, countMode, blocking }) => ({
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

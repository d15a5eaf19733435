import { guessableRoutes } from "../../../service/routes.ts";
import { ConstructError } from "../../errors.ts";
import { managedRules } from "./managed-rules.ts";
import type { WebAclRule } from "./web-acl-rule.ts";
import { createTooManyRequestsResponse, requestBlockedResponse } from "./web-acl-rule.ts";

export interface AddressRates {
  /** Requests that one IP address may send in five minutes, from 10 to 2 000 000 000. */
  readonly requestsPerAddress: number;
  /** The same for {@link guessableRoutes}. */
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

/** Blocks an address above its rate limit until it slows down. Routes where passwords can be guessed have a lower limit. */
function createRateRules({ requestsPerAddress, auth }: AddressRates): WebAclRule[] {
  const overall = toRateStatement(requestsPerAddress);
  const guesses = toRateStatement(auth.requestsPerAddress);
  if (auth.requestsPerAddress >= requestsPerAddress) {
    throw new ConstructError("waf-auth-rate-not-tighter", {
      what: `WAF allows an address ${auth.requestsPerAddress} requests to auth, and ${requestsPerAddress} in total.`,
      why: "The limit for auth has no effect unless it is the lower one.",
      action: "Lower `auth.requestsPerAddress`.",
    });
  }
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
              regex_string: `^(${guessableRoutes.join("|")})(/|$)`,
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
  // https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
  if (!Number.isInteger(limit) || limit < 10 || limit > 2_000_000_000) {
    throw new ConstructError("waf-rate-limit-invalid", {
      what: `WAF allows ${limit} requests per address.`,
      why: "AWS WAF supports limits from 10 to 2,000,000,000 whole requests in five minutes.",
      action: "Choose a limit in that range.",
    });
  }
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

import { guessableRoutes } from "../../../service/routes.ts";
import { createTooManyRequestsResponse } from "./block-responses.ts";
import type { WebAclRule } from "./web-acl-rule.ts";

export interface AddressRates {
  /** Requests that one IP address may make in five minutes, from 10 to 2 000 000 000. */
  readonly requestsPerAddress: number;
  /** The same for {@link guessableRoutes} alone. */
  readonly auth: { readonly requestsPerAddress: number };
}

const windowSeconds = 300;

/**
 * Refuses an address that asks too often, until it slows down; sooner where passwords are tried.
 *
 * @throws when AWS WAF does not know a limit, or the tighter one is not tighter
 */
export function createRateRules(props: AddressRates): WebAclRule[] {
  const overall = ratePerAddress(props.requestsPerAddress);
  const guesses = ratePerAddress(props.auth.requestsPerAddress);
  if (props.auth.requestsPerAddress >= props.requestsPerAddress) {
    throw new Error(
      `The WAF is to allow an address ${props.auth.requestsPerAddress} requests where passwords are tried, and ` +
        `${props.requestsPerAddress} in all. The tighter limit would never be reached. Choose a lower one for auth.`,
    );
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
              // The service's router knows other spellings of the same path: they must not escape the count.
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

function ratePerAddress(limit: number) {
  // https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
  if (!Number.isInteger(limit) || limit < 10 || limit > 2_000_000_000) {
    throw new Error(
      `The WAF is to allow ${limit} requests per address. AWS WAF counts whole requests and knows limits from 10 to ` +
        "2,000,000,000 in five minutes. Choose a limit in that range.",
    );
  }
  return { limit, evaluation_window_sec: windowSeconds, aggregate_key_type: "IP" };
}

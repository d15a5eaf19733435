import { requestBlockedResponse } from "./block-responses.ts";
import { managedRules } from "./managed-rules.ts";
import { type AddressRates, createRateRules } from "./web-acl-rates.ts";
import type { WebAclRule } from "./web-acl-rule.ts";

/**
 * The rules of a web ACL that clients reach.
 *
 * @throws when AWS WAF does not know a limit
 */
export const createPublicRules = (props: AddressRates): WebAclRule[] => [
  ...createRateRules(props),
  sizeRule,
  ...managedRules,
];

const none = [{ priority: 0, type: "NONE" }];

/** The longest path and the longest query that any client of ours sends, with room to spare; in bytes. */
const maximumPathBytes = 2048;
/** What AWS WAF sees of the headers; API Gateway would take 10,240. */
const maximumHeaderBytes = 8192;

/**
 * Blocks what is larger than any of our clients sends. A body between the service's limit of 100 kB and this one of
 * 1 MB is refused by the service, which can say why. The WAF sees 16 kB of a body at most, so it reads the announced
 * length.
 */
const sizeRule: WebAclRule = {
  name: "size",
  blockResponse: requestBlockedResponse,
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

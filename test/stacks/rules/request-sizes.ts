import type { Attributes } from "../../support/synthesize.ts";

/** What a statement does to a text before it looks at it. */
export const transformations = (statement: Attributes): string =>
  statement.text_transformation.map(({ type }: Attributes) => type).join();

const longest = { uri_path: 2_048, query_string: 2_048, headers: 8_192 };

/** Whether one of these statements refuses a long path, one a long query, one long headers, and one a body of 1 MB. */
export function blocksSizes(statements: readonly Attributes[]): boolean {
  const untouched = statements
    .map((statement) => Object.values<Attributes>(statement)[0]!)
    .filter((statement) => transformations(statement) === "NONE");
  return (
    Object.entries(longest).every(([field, bytes]) =>
      untouched.some(
        ({ comparison_operator, size, field_to_match }) =>
          comparison_operator === "GT" &&
          size === bytes &&
          field_to_match[field] !== undefined &&
          // Of headers AWS WAF sees 8 kB: it must not let pass what it does not see.
          (field !== "headers" ||
            (field_to_match.headers.oversize_handling === "MATCH" &&
              field_to_match.headers.match_scope === "ALL" &&
              field_to_match.headers.match_pattern.all !== undefined)),
      ),
    ) &&
    untouched.some(
      ({ regex_string, field_to_match }) =>
        field_to_match.single_header?.name === "content-length" &&
        new RegExp(regex_string).test("1000000") &&
        !new RegExp(regex_string).test("999999"),
    )
  );
}

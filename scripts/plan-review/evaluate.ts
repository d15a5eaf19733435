import { findSecrets } from "./differences.ts";
import { type Finding, hideSecrets, type Severity, severities } from "./finding.ts";
import type { Plan } from "./plan.ts";
import type { ResourceChange } from "./resource-change.ts";
import { checkAdditions } from "./rules/additions.ts";
import { checkTable } from "./rules/check-table.ts";
import { checkDestinations } from "./rules/destinations.ts";
import { checkPolicies } from "./rules/policies.ts";
import { checkWebAcl } from "./rules/web-acl.ts";

const rules = [checkTable, checkPolicies, checkAdditions, checkDestinations, checkWebAcl];

/** A finding, and the resource that it is about. */
export interface LocatedFinding extends Finding {
  readonly stack: string;
  readonly address: string;
}

/** What plans mean, the worst first. */
export function evaluate(plans: readonly Plan[]): LocatedFinding[] {
  const found = plans.flatMap(({ stack, changes, drift, remarks }) => {
    const apply = (changes: readonly ResourceChange[], check: (change: ResourceChange) => Finding[]) =>
      changes.flatMap((change) => check(change).map((finding) => ({ ...finding, address: change.address })));
    const all = [...remarks, ...apply(changes, applyRules), ...apply(drift, evaluateDrift)];
    return all.map((finding) => ({ ...finding, stack }));
  });
  return found.sort((one, other) => severities.indexOf(other.severity) - severities.indexOf(one.severity));
}

const unfinished =
  "is tainted: its creation failed half way, so it is replaced. Finish it, then run `terraform untaint` with its address";

function applyRules(change: ResourceChange): Finding[] {
  const secrets = findSecrets(change);
  return rules
    .flatMap((rule) => rule(change))
    .map((finding) => ({
      ...finding,
      text: change.isTainted && finding.subject === "Data loss" ? unfinished : hideSecrets(finding.text, secrets),
    }));
}

const deleted = "was deleted outside of Terraform, and the next apply creates it again: ";

function evaluateDrift(change: ResourceChange): Finding[] {
  const text = "was changed outside of Terraform: the next apply reverts or adopts the change";
  const found = applyRules(change).map((finding) => {
    const text = finding.text.replace(/^is (destroyed|removed): /, deleted);
    return { ...finding, text: text === finding.text ? `outside of Terraform, ${text}` : text };
  });
  return found.length > 0 ? found : [{ severity: "info", subject: "Drift", text }];
}

/** The worst severity among findings; undefined if there are none. */
export const findWorstSeverity = (findings: readonly Finding[]): Severity | undefined =>
  severities.findLast((severity) => findings.some((finding) => finding.severity === severity));

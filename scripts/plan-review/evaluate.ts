import { type Finding, findingsAbout, type Rule, type Severity, severities } from "./finding.ts";
import type { Plan, ResourceChange } from "./plan.ts";
import { checkTable } from "./rules/check-table.ts";
import { checkNetwork } from "./rules/network.ts";
import { checkPermissions } from "./rules/permissions.ts";
import { checkPolicies } from "./rules/policies.ts";
import { checkWebAcl } from "./rules/web-acl.ts";

const drifted = findingsAbout("Drift").info(
  "was changed outside of Terraform: the next apply reverts or adopts the change",
);
const incomplete = findingsAbout("Incomplete").critical(
  "planning ended early: more resources change than this review lists",
);

const rules: readonly Rule[] = [checkTable, checkPolicies, checkPermissions, checkNetwork, checkWebAcl];

/** A finding, and the resource that it is about. */
export interface LocatedFinding extends Finding {
  readonly stack: string;
  readonly address: string;
}

/** What plans mean, the worst first. */
export function evaluate(plans: readonly Plan[]): LocatedFinding[] {
  const found = plans.flatMap(({ stack, changes, drift, incomplete: isIncomplete }) => [
    ...(isIncomplete ? [{ ...incomplete, stack, address: "" }] : []),
    ...changes.flatMap((change) => applyRules(stack, change)),
    ...drift.flatMap((change) => {
      const findings = applyRules(stack, change);
      if (findings.length === 0) return [{ ...drifted, stack, address: change.address }];
      return findings.map((finding) => ({ ...finding, text: `outside of Terraform, ${finding.text}` }));
    }),
  ]);
  return found.sort((one, other) => severities.indexOf(other.severity) - severities.indexOf(one.severity));
}

const applyRules = (stack: string, change: ResourceChange): LocatedFinding[] =>
  rules.flatMap((rule) => rule(change)).map((finding) => ({ ...finding, stack, address: change.address }));

/** The worst severity among findings; undefined if there are none. */
export const findWorstSeverity = (findings: readonly Finding[]): Severity | undefined =>
  severities.findLast((severity) => findings.some((finding) => finding.severity === severity));

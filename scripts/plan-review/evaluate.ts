import { type Finding, type Rule, type Severity, severities } from "./finding.ts";
import type { Plan, ResourceChange } from "./plan.ts";
import { checkAlarms } from "./rules/alarms.ts";
import { checkDataLoss } from "./rules/data-loss.ts";
import { checkNetworkAccess } from "./rules/network.ts";
import { checkNetworkPaths } from "./rules/network-paths.ts";
import { checkPermissions } from "./rules/permissions.ts";
import { checkPolicies } from "./rules/policies.ts";
import { checkProtection } from "./rules/protection.ts";
import { checkReleases } from "./rules/release.ts";
import { checkTraffic } from "./rules/traffic.ts";
import { checkWebAcl } from "./rules/web-acl.ts";

const rules: readonly Rule[] = [
  checkDataLoss,
  checkPolicies,
  checkPermissions,
  checkNetworkAccess,
  checkNetworkPaths,
  checkWebAcl,
  checkProtection,
  checkAlarms,
  checkReleases,
  checkTraffic,
  checkForgotten,
  checkImported,
];

/** A finding, and what it is about. */
export interface LocatedFinding extends Finding {
  readonly stack: string;
  readonly address: string;
}

/** What plans mean, the worst first. */
export function evaluate(plans: readonly Plan[]): LocatedFinding[] {
  const found = plans.flatMap((plan) => [
    ...(plan.incomplete ? [toIncompleteFinding(plan)] : []),
    ...plan.changes.flatMap((change) => locate(change, applyRules(change))),
    ...plan.drift.flatMap((change) => {
      const findings = applyRules(change).map((finding) => ({
        ...finding,
        text: `outside of Terraform, ${finding.text}`,
      }));
      return locate(change, findings.length > 0 ? findings : [unclassifiedDrift]);
    }),
  ]);
  return found.sort((one, other) => toRank(other.severity) - toRank(one.severity));
}

const applyRules = (change: ResourceChange): Finding[] => rules.flatMap((judgement) => judgement(change));

const locate = ({ stack, address }: ResourceChange, findings: readonly Finding[]): LocatedFinding[] =>
  findings.map((finding) => ({ ...finding, stack, address }));

/** The worst of what was found; undefined when nothing was. */
export const findWorstSeverity = (findings: readonly Finding[]): Severity | undefined =>
  severities.findLast((severity) => findings.some((finding) => finding.severity === severity));

const toRank = (severity: Severity): number => severities.indexOf(severity);

const unclassifiedDrift: Finding = {
  severity: "note",
  subject: "Drift",
  text: "was changed outside of Terraform, which the next apply undoes or takes over",
};

const toIncompleteFinding = ({ stack }: Plan): LocatedFinding => ({
  stack,
  address: "",
  severity: "danger",
  subject: "Incomplete",
  text: "planning ended early: more will change than is said here",
});

function checkForgotten({ effect }: ResourceChange): Finding[] {
  const text =
    "stays in the cloud, but Terraform no longer knows it: nobody changes or deletes it from now on";
  return effect === "forget" ? [{ severity: "attention", subject: "Forgotten", text }] : [];
}

function checkImported({ effect }: ResourceChange): Finding[] {
  const text = "is taken over as it is: from now on Terraform changes and deletes it";
  return effect === "import" ? [{ severity: "note", subject: "Imported", text }] : [];
}

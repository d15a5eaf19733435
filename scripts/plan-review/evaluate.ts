import { type Finding, findingsAbout, type Rule, type Severity, severities } from "./finding.ts";
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

const forgotten = findingsAbout("Forgotten").warning(
  "stays in the cloud, but Terraform no longer manages it: it neither changes nor deletes it",
);
const imported = findingsAbout("Imported").info("is imported as it is: Terraform changes and deletes it from now on");
const drifted = findingsAbout("Drift").info(
  "was changed outside of Terraform: the next apply reverts or adopts the change",
);
const incomplete = findingsAbout("Incomplete").critical(
  "planning ended early: more resources change than this review lists",
);

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
  ({ effect }) => (effect === "forget" ? [forgotten] : []),
  ({ effect }) => (effect === "import" ? [imported] : []),
];

/** A finding, and the resource that it is about. */
export interface LocatedFinding extends Finding {
  readonly stack: string;
  readonly address: string;
}

/** What plans mean, the worst first. */
export function evaluate(plans: readonly Plan[]): LocatedFinding[] {
  const found = plans.flatMap((plan) => [
    ...(plan.incomplete ? [{ ...incomplete, stack: plan.stack, address: "" }] : []),
    ...plan.changes.flatMap((change) => locate(change, applyRules(change))),
    ...plan.drift.flatMap((change) => {
      const findings = applyRules(change);
      const outside = findings.map((each) => ({ ...each, text: `outside of Terraform, ${each.text}` }));
      return locate(change, findings.length > 0 ? outside : [drifted]);
    }),
  ]);
  return found.sort((one, other) => severities.indexOf(other.severity) - severities.indexOf(one.severity));
}

const unfinished =
  "is tainted: its creation failed half way, so it is replaced. Finish it, then run `terraform untaint` with its address";

function applyRules(change: ResourceChange): Finding[] {
  const found = rules.flatMap((rule) => rule(change));
  if (!change.isTainted) return found;
  return found.map((finding) => (finding.subject === "Data loss" ? { ...finding, text: unfinished } : finding));
}

const locate = ({ stack, address }: ResourceChange, findings: readonly Finding[]): LocatedFinding[] =>
  findings.map((finding) => ({ ...finding, stack, address }));

/** The worst severity among findings; undefined if there are none. */
export const findWorstSeverity = (findings: readonly Finding[]): Severity | undefined =>
  severities.findLast((severity) => findings.some((finding) => finding.severity === severity));

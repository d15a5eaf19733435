import { type Finding, type Judgement, type Severity, severities } from "./finding.ts";
import type { Plan, ResourceChange } from "./plan.ts";
import { changedAlarm } from "./rules/alarms.ts";
import { dataLoss } from "./rules/data-loss.ts";
import { openedNetwork } from "./rules/network.ts";
import { openedWays } from "./rules/network-paths.ts";
import { morePermissions } from "./rules/permissions.ts";
import { widerPolicy } from "./rules/policies.ts";
import { weakerProtection } from "./rules/protection.ts";
import { releaseMatter } from "./rules/release.ts";
import { interruptedTraffic } from "./rules/traffic.ts";
import { weakenedWebAcl } from "./rules/web-acl.ts";

const judgements: readonly Judgement[] = [
  dataLoss,
  widerPolicy,
  morePermissions,
  openedNetwork,
  openedWays,
  weakenedWebAcl,
  weakerProtection,
  changedAlarm,
  releaseMatter,
  interruptedTraffic,
  forgotten,
  imported,
];

/** A finding, and what it is about. */
export interface JudgedFinding extends Finding {
  readonly stack: string;
  readonly address: string;
}

/** What plans mean, the worst first. */
export function judge(plans: readonly Plan[]): JudgedFinding[] {
  const found = plans.flatMap((plan) => [
    ...(plan.incomplete ? [incomplete(plan)] : []),
    ...plan.changes.flatMap((change) => about(change, judged(change))),
    ...plan.drift.flatMap((change) => {
      const findings = judged(change).map((finding) => ({
        ...finding,
        text: `outside of Terraform, ${finding.text}`,
      }));
      return about(change, findings.length > 0 ? findings : [drifted]);
    }),
  ]);
  return found.sort((one, other) => rank(other.severity) - rank(one.severity));
}

const judged = (change: ResourceChange): Finding[] => judgements.flatMap((judgement) => judgement(change));

const about = ({ stack, address }: ResourceChange, findings: readonly Finding[]): JudgedFinding[] =>
  findings.map((finding) => ({ ...finding, stack, address }));

/** The worst of what was found; undefined when nothing was. */
export const worst = (findings: readonly Finding[]): Severity | undefined =>
  severities.findLast((severity) => findings.some((finding) => finding.severity === severity));

const rank = (severity: Severity): number => severities.indexOf(severity);

const drifted: Finding = {
  severity: "note",
  subject: "Drift",
  text: "was changed outside of Terraform, which the next apply undoes or takes over",
};

const incomplete = ({ stack }: Plan): JudgedFinding => ({
  stack,
  address: "",
  severity: "danger",
  subject: "Incomplete",
  text: "planning ended early: more will change than is said here",
});

function forgotten({ effect }: ResourceChange): Finding[] {
  const text =
    "stays in the cloud, but Terraform no longer knows it: nobody changes or deletes it from now on";
  return effect === "forget" ? [{ severity: "attention", subject: "Forgotten", text }] : [];
}

function imported({ effect }: ResourceChange): Finding[] {
  const text = "is taken over as it is: from now on Terraform changes and deletes it";
  return effect === "import" ? [{ severity: "note", subject: "Imported", text }] : [];
}

import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { releaseLogName } from "../../names.ts";
import { LogGroup } from "../observability/log-group.ts";

/** Ten years: the longest that CloudWatch Logs keeps events short of for ever. */
const retentionDays = 3_653;

/**
 * Who released what, and when. CloudWatch Logs has no call that changes an event or deletes one; the log as a whole is
 * protected here, and from the deploy roles by what they may never do. Costs next to nothing: a line a release.
 *
 * ```ts
 * new ReleaseLog(this, "release-log");
 * ```
 */
export class ReleaseLog extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const name = releaseLogName(EcobeatStack.of(this).environment.name);
    // Names of people are what it is for: those of single sign-on are e-mail addresses, and a mask would hide them.
    const log = new LogGroup(this, "log", { name, retentionDays, unmasked: "everything" });
    log.resource.lifecycle = { preventDestroy: true };
  }
}

import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { releaseLogName } from "../../names.ts";
import { LogGroup } from "../observability/log-group.ts";

/** Ten years: the longest retention of CloudWatch Logs, other than unlimited. */
const retentionDays = 3_653;

/**
 * The release history: who released which version, and when. CloudWatch Logs cannot change or delete single events.
 * `prevent_destroy` protects the log group, and a deny statement protects it from the deploy roles. One line per release.
 *
 * ```ts
 * new ReleaseLog(this, "release-log");
 * ```
 */
export class ReleaseLog extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const name = releaseLogName(EcobeatStack.of(this).environment.name);
    // It must show users' names. Those of single sign-on are e-mail addresses, which masking would hide.
    const log = new LogGroup(this, "log", { name, retentionDays, unmasked: "everything" });
    log.resource.lifecycle = { preventDestroy: true };
  }
}

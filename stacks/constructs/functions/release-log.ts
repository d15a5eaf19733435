import { Construct } from "constructs";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import { LogGroup } from "../observability/log-group.ts";

export interface ReleaseLogProps {
  readonly name: string;
  readonly encryptionKey: EncryptionKey;
}

/** Ten years: the longest that CloudWatch Logs keeps events short of for ever. */
const retentionDays = 3_653;

/**
 * Who released what, and when. CloudWatch Logs has no call that changes an event or deletes one; the log as a whole is
 * protected here, and from the deploy roles by what they may never do. Costs next to nothing: a line a release.
 */
export class ReleaseLog extends Construct {
  constructor(scope: Construct, id: string, props: ReleaseLogProps) {
    super(scope, id);
    // Names of people are what it is for: those of single sign-on are e-mail addresses, and a mask would hide them.
    const log = new LogGroup(this, "log", { name: props.name, retentionDays, shows: "everything" });
    log.resource.lifecycle = { preventDestroy: true };
  }
}

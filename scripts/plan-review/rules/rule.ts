import type { Finding } from "../finding.ts";
import type { ResourceChange } from "../plan.ts";

/** Says what a change means in one respect; empty if it means nothing. */
export type Rule = (change: ResourceChange) => Finding[];

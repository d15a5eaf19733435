/**
 * Whether to test what is much alike in full: each fault of each dependency, and many random sequences. Without it, a run takes a part
 * that finds the usual mistakes. `.ci/run` sets it.
 */
export const isThorough = process.env.ECOBEAT_FAULTS === "all";

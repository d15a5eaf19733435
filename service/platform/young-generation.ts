import { setFlagsFromString } from "node:v8";

/**
 * Lets the objects of a request die in V8's young generation. For an app that has its process for itself. See
 * docs/adr/0054-no-pretenuring-in-v8.md.
 */
export const stopPretenuring = (): void => setFlagsFromString("--no-allocation-site-pretenuring");

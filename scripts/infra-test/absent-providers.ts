import type { AbsentProvider } from "./without-providers.ts";

/**
 * Providers whose resources are left out before anything is planned. What is left of their stacks goes through every step.
 * The tests check what was left out against the schema in the bindings.
 */
export const absentProviders: readonly AbsentProvider[] = [
  {
    name: "mongodbatlas",
    why: "Atlas has no emulator, and no plan without an API key of a real organization",
  },
];

/** Names that the stacks and the function of the scheduled smoke test share. It imports nothing. */

/** End of the name of the function that runs the smoke test. */
export const smokeTestFunctionId = "smoke-test";

/** Minutes between two smoke tests. */
export const smokeTestMinutes = 5;

/** Environment variables of the function, besides those of the service. */
export const smokeTestVariables = {
  /** The app's key, which is no secret: every installed app contains it. */
  apiKey: "SMOKE_TEST_API_KEY",
} as const;

/** Metrics that the function emits for each test, with CloudWatch's units. */
export const smokeTestMetrics = {
  /** 1 if all checks passed, or else 0. */
  SmokeTestsPassed: "Count",
} as const;

export type SmokeTestMetric = keyof typeof smokeTestMetrics;

/** What Lambda logs at the end of an invocation: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html */
export const report = {
  time: "2026-10-12T00:01:15.000Z",
  type: "platform.report",
  record: {
    requestId: "6f7f0961f83442118a7af6fe80b88d56",
    status: "timeout",
    errorType: "Runtime.ExitError",
    metrics: {
      durationMs: 101.51,
      billedDurationMs: 300,
      memorySizeMB: 512,
      maxMemoryUsedMB: 133,
      initDurationMs: 116.67,
    },
  },
};

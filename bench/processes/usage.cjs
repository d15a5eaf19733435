// Preloaded into a program: writes what it has used to the file that USAGE_FILE names.
"use strict";

const { writeFileSync } = require("node:fs");
const { USAGE_FILE } = process.env;

process.once("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeFileSync(
    USAGE_FILE,
    JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, memoryBytes: maxRSS * 1024 }),
  );
});

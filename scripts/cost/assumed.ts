import type { PriceName } from "./prices.ts";
import type { AssumptionName } from "./traffic.ts";

/** Size of the database. */
const data = ["writtenShare", "writtenBytes", "keptMonths", "baseGb"] as const;

/** Calls of the functions, and of what they call. */
const calls = ["cachedShare", "authShare"] as const;

const durations = ["authMilliseconds", "apiMilliseconds", "coldShare", "coldMilliseconds"] as const;
const backups = ["dumpMegabytesPerSecond", "proofMegabytesPerSecond", "proofs"] as const;
const work = [...calls, ...durations, ...backups, ...data];

const lines = ["functionLogBytes", "accessLogBytes", "firewallLogBytes", "refusedShare"] as const;
const logged = [...calls, ...lines, "flowLogBytes", "flowLogIdleGb"] as const;

/** What the quantity that is charged at a price rests on, besides the load. Of other prices the stacks say how many units. */
const assumed: Readonly<Partial<Record<PriceName, readonly AssumptionName[]>>> = {
  lambdaRequests: [...calls, "proofs"],
  lambdaCompute: work,
  lambdaReady: work,
  lambdaReadyCompute: work,
  apiRequests: ["cachedShare"],
  trafficOut: ["responseBytes"],
  traces: ["tracedShare"],
  firewallRequests: ["cachedShare"],
  edgeTraffic: ["responseBytes"],
  edgeFunctions: ["cachedShare"],
  logTaken: logged,
  logTakenUsEast1: logged,
  logKept: [...logged, "logCompression"],
  logMasked: logged,
  natTraffic: ["cachedShare", "databaseBytes", "natIdleGb"],
  endpointTraffic: [...calls, "databaseBytes", "signatureBytes"],
  keyRequests: [...calls, "keyRequests"],
  storage: [...data, "dumpShare", "assetsGb"],
  storageCopy: [...data, "dumpShare"],
  atlasDisk: [...data, "diskShare"],
  atlasSnapshots: [...data, "diskShare", "snapshotShare"],
  flexHours: ["databaseOperations"],
  flexHours200: ["databaseOperations"],
  flexHours300: ["databaseOperations"],
  flexHours400: ["databaseOperations"],
  flexHours500: ["databaseOperations"],
};

/** What the quantities that are charged at these prices rest on. */
export const assumptionsOf = (names: readonly PriceName[]): AssumptionName[] => [
  ...new Set(names.flatMap((name) => assumed[name] ?? [])),
];

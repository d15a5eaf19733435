import type { Random } from "../clients/mobile/simulation/random.ts";
import type { Version, VersionName } from "./version.ts";

/** The stages of a release that is rolled back. */
export const phases = [
  { name: "old", newShare: 0 },
  { name: "canary", newShare: 0.1 },
  // More changes from one version to the other than any deployment has.
  { name: "mixed", newShare: 0.5 },
  { name: "released", newShare: 1 },
  { name: "rolled back", newShare: 0 },
  { name: "released again", newShare: 1 },
] as const;

export type Phase = (typeof phases)[number];

/** What came through in a phase. */
export interface Traffic {
  /** Requests by the version that handled them. */
  readonly requests: Record<VersionName, number>;
  notModified: number;
}

/** A response, and which version sent it when. */
export interface Served {
  readonly response: Response;
  readonly version: Version;
  readonly phase: Phase;
}

/** A fake API Gateway in front of two versions: the traffic shifts while requests are in progress. */
export class CompatGateway {
  readonly traffic = new Map<Phase, Traffic>(
    phases.map((phase) => [phase, { requests: { old: 0, new: 0 }, notModified: 0 }]),
  );
  readonly #versions: Record<VersionName, Version>;
  readonly #random: Random;
  readonly #getProgress: () => number;

  /** @param getProgress from 0 to 1 */
  constructor(versions: Record<VersionName, Version>, random: Random, getProgress: () => number) {
    this.#versions = versions;
    this.#random = random;
    this.#getProgress = getProgress;
  }

  /** @param address of the client */
  async send(request: Request, address: string): Promise<Served> {
    const phase = phases[Math.min(Math.floor(this.#getProgress() * phases.length), phases.length - 1)]!;
    const version = this.#versions[this.#random.chance(phase.newShare) ? "new" : "old"];
    const traffic = this.traffic.get(phase)!;
    traffic.requests[version.name] += 1;
    const response = await version.respond(request, address);
    if (response.status === 304) traffic.notModified += 1;
    return { response, version, phase };
  }
}

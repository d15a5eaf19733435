import { setImmediate } from "node:timers/promises";
import { AtlasClient } from "../../../scripts/atlas/client.ts";
import { readCredentials } from "../../../scripts/atlas/credentials.ts";
import type { Operator } from "../../../scripts/atlas/restore.ts";
import type { Time } from "../../../scripts/atlas/waiting.ts";
import { type AtlasApi, type AtlasApiOptions, startAtlasApi } from "../../support/atlas-api.ts";
import type { FakeCluster, FakeProject } from "../../support/atlas-state.ts";

/** Time that passes only during a sleep. */
export class FakeTime implements Time {
  now = Date.parse("2026-11-22T22:30:00Z");
  /** Milliseconds of each sleep. */
  readonly slept: number[] = [];
  #alarms: { at: number; ring: () => void }[] = [];

  clock = (): number => this.now;
  random = (): number => 0.5;

  sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    this.slept.push(milliseconds);
    this.now += milliseconds;
    for (const { ring } of this.#alarms.filter(({ at }) => at <= this.now)) ring();
    this.#alarms = this.#alarms.filter(({ at }) => at > this.now);
    await setImmediate();
    signal?.throwIfAborted();
  };

  /** Is over when others have slept for so long. */
  after(milliseconds: number): Promise<void> {
    return new Promise((ring) => this.#alarms.push({ at: this.now + milliseconds, ring }));
  }
}

export const ids = {
  production: "b00000000000000000000001",
  staging: "b00000000000000000000002",
  elsewhere: "b00000000000000000000003",
  oldest: "c00000000000000000000001",
  newest: "c00000000000000000000002",
  failed: "c00000000000000000000003",
  pending: "c00000000000000000000004",
  another: "c00000000000000000000005",
};

const empty = (name: string, kind: FakeCluster["kind"]): FakeCluster => ({
  kind,
  name,
  stateName: "IDLE",
  snapshots: [],
  jobs: [],
});

/** The projects of both environments; that of production has a cluster to restore into, next to its own. */
export function projects() {
  const production: FakeCluster = {
    ...empty("ecobeat-production", "replica-set"),
    pitEnabled: true,
    restoreWindowDays: 7,
    snapshots: [
      { id: ids.newest, status: "completed", createdAt: "2026-11-22T21:30:00Z" },
      { id: ids.oldest, status: "completed", createdAt: "2026-10-23T21:30:00Z" },
      { id: ids.failed, status: "failed", createdAt: "2026-11-22T22:10:00Z" },
      { id: ids.pending, status: "inProgress", createdAt: "2026-11-22T22:20:00Z" },
    ],
  };
  const staging = empty("ecobeat-staging", "flex");
  const restored = empty("restored", "replica-set");
  const elsewhere = empty("drill", "replica-set");
  const all: FakeProject[] = [
    { id: ids.production, name: "ecobeat-production", clusters: [production, restored] },
    { id: ids.staging, name: "ecobeat-staging", clusters: [staging] },
    { id: ids.elsewhere, name: "drills", clusters: [elsewhere] },
  ];
  return { all, production, restored, elsewhere };
}

/** A stand-in, and whoever works with it. */
export class AtlasFixture {
  readonly time = new FakeTime();
  readonly logged: string[] = [];
  readonly confirmed: string[] = [];
  readonly clusters = projects();
  api!: AtlasApi;
  client!: AtlasClient;

  /** Agrees to everything, and is interrupted by nothing. */
  readonly operator: Operator = {
    log: (line) => void this.logged.push(line),
    confirm: async (cluster) => void this.confirmed.push(cluster),
    interruptible: (_, work) => work(new AbortController().signal),
  };

  async start(options: Partial<AtlasApiOptions> = {}): Promise<void> {
    this.api = await startAtlasApi({ projects: this.clusters.all, clock: this.time.clock, ...options });
    this.client = this.newClient();
  }

  newClient(variables: Record<string, string> = {}): AtlasClient {
    return new AtlasClient(readCredentials({ ...this.api.variables, ...variables }), this.time);
  }
}

/** The message of the error that work ends with. */
export const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no error",
    (error: Error) => error.message,
  );

import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { AtlasClient } from "../../../scripts/atlas/client.ts";
import { readCredentials } from "../../../scripts/atlas/credentials.ts";
import type { Operator, Time } from "../../../scripts/atlas/waiting.ts";
import { type AtlasApi, type AtlasApiOptions, startAtlasApi } from "../../support/atlas-api.ts";
import type { FakeCluster, FakeProject } from "../../support/atlas-state.ts";

/** A clock that advances only during a sleep. */
export class FakeTime implements Time {
  now = Date.parse("2026-11-22T22:30:00Z");
  /** Milliseconds of each sleep. */
  readonly slept: number[] = [];
  #timers: { at: number; resolve: () => void }[] = [];

  clock = (): number => this.now;
  random = (): number => 0.5;

  sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    this.slept.push(milliseconds);
    this.now += milliseconds;
    for (const { at, resolve } of this.#timers) if (at <= this.now) resolve();
    this.#timers = this.#timers.filter(({ at }) => at > this.now);
    await setImmediate();
    signal?.throwIfAborted();
  };

  /** Resolves when sleeps have advanced the clock by so much. */
  after(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#timers.push({ at: this.now + milliseconds, resolve }));
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

/** The projects of both environments, and one for drills. Production's has a second cluster to restore into. */
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

/** A fake Atlas API, its client and an operator. */
export class AtlasFixture {
  time = new FakeTime();
  logged: string[] = [];
  confirmed: string[] = [];
  clusters = projects();
  api!: AtlasApi;
  client!: AtlasClient;

  /** Agrees to everything, and never interrupts. */
  readonly operator: Operator = {
    log: (line) => void this.logged.push(line),
    confirm: async (cluster) => void this.confirmed.push(cluster),
    interruptible: (_, work) => work(new AbortController().signal),
  };

  /** Starts the API with the current clusters; again, if it runs already. */
  async start(options: Partial<AtlasApiOptions> = {}): Promise<void> {
    await this.api?.stop();
    this.api = await startAtlasApi({ projects: this.clusters.all, clock: this.time.clock, ...options });
    this.client = this.newClient();
  }

  newClient(variables: Record<string, string> = {}): AtlasClient {
    return new AtlasClient(readCredentials({ ...this.api.variables, ...variables }), this.time);
  }

  reset(): void {
    this.time = new FakeTime();
    this.logged = [];
    this.confirmed = [];
    this.clusters = projects();
  }

  countCalls(operationId: string): number {
    return this.api.calls.filter((call) => call === operationId).length;
  }
}

/** A fixture that is new and started for each test. After each, the calls must have kept the contract. */
export function useAtlas(): AtlasFixture {
  const atlas = new AtlasFixture();
  beforeEach(async () => {
    atlas.reset();
    await atlas.start();
  });
  afterEach(async () => {
    await atlas.api.stop();
    expect(atlas.api.violations).to.deep.equal([]);
  });
  return atlas;
}

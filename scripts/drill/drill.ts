import { execFile } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type { Manifest } from "../backup/manifest.ts";
import { repositoryRoot } from "../build/archive.ts";
import { Traffic } from "./api-client.ts";
import { type Check, type CheckResults, checkService, Probe } from "./checks.ts";
import type { DrillTarget } from "./drill-target.ts";
import { LocalEnvironment } from "./local-environment.ts";
import { followManually, RunbookRunner } from "./runbook-runner.ts";
import { type Seed, seed } from "./seed.ts";
import type { Milestones, Timeline } from "./timeline.ts";

export interface DrillOptions {
  /** Prepares the environment of the disaster. */
  readonly open: () => Promise<DrillTarget>;
  readonly timeline: Timeline;
  /** Number of activities that are written in bulk before the disaster. */
  readonly documents: number;
  /** For how long users write after the backup, before the disaster. */
  readonly writeSeconds: number;
  /** Duration of an outage that ends by itself. */
  readonly outageSeconds: number;
  /**
   * A folder, or `s3://bucket/prefix` on the emulator.
   * @default the target's own
   */
  readonly backupLocation?: string;
  /**
   * Lets a person follow the runbook.
   * @default the drill runs its commands
   */
  readonly manual?: boolean;
}

/** A disaster in an environment, and the recovery from it: the steps that scenarios consist of. */
export class Drill {
  readonly milestones: Milestones = {};
  readonly target: DrillTarget;
  readonly traffic: Traffic;
  readonly seed: Seed;
  readonly backupLocation: string;
  results: CheckResults = { checks: [], lost: [] };
  /** The first runbook that was followed. */
  runbook?: string;
  readonly #options: DrillOptions;
  readonly #probe: Probe;
  readonly #runner: RunbookRunner;
  /** Writes confirmed before this must survive the disaster: all, unless a backup restores them. */
  #recoveryPoint = Number.POSITIVE_INFINITY;

  private constructor(
    options: DrillOptions,
    prepared: {
      target: DrillTarget;
      seed: Seed;
      probe: Probe;
      runner: RunbookRunner;
      backupLocation: string;
    },
  ) {
    this.#options = options;
    this.target = prepared.target;
    this.seed = prepared.seed;
    this.backupLocation = prepared.backupLocation;
    this.#probe = prepared.probe;
    this.#runner = prepared.runner;
    this.traffic = new Traffic(prepared.seed.clients.slice(1));
  }

  /** Prepares an environment and fills its database. Users start to write. */
  static async start(options: DrillOptions): Promise<Drill> {
    const { open, timeline, documents } = options;
    const target = await timeline.measure("the environment is prepared", "preparation", open);
    try {
      const seeded = await timeline.measure(`${documents} activities are stored`, "preparation", () =>
        seed(target, documents),
      );
      const probe = await Probe.create(target.api, seeded.clients[0]!);
      const backupLocation = options.backupLocation ?? (await target.getDefaultBackupLocation());
      const variables = { ...target.variables, BACKUP_LOCATION: backupLocation };
      const runner = await RunbookRunner.open(timeline, variables);
      return new Drill(options, { target, seed: seeded, probe, runner, backupLocation });
    } catch (error) {
      await target.remove();
      throw error;
    }
  }

  /** Creates a backup while users write. The last one before the disaster sets the recovery point. */
  async backUp(): Promise<void> {
    const isBeforeDisaster = this.#kind === "preparation";
    await this.measure("a backup is created", async () => {
      const { stdout } = await promisify(execFile)(
        "npm",
        ["run", "-s", "ops", "--", "backup", "create", "--json", "--location", this.backupLocation],
        { cwd: repositoryRoot, env: this.target.variables, maxBuffer: 1e8 },
      );
      const { consistency, startedAt }: Manifest = JSON.parse(stdout);
      if (isBeforeDisaster) this.setRecoveryPoint(consistency.snapshot ? consistency.at : startedAt);
    });
  }

  /** @param time ISO 8601: all writes confirmed before it must survive the disaster */
  setRecoveryPoint(time: string): void {
    this.#recoveryPoint = Date.parse(time);
  }

  /** Lets users write for some time. */
  async keepWriting(): Promise<void> {
    const { timeline, writeSeconds } = this.#options;
    await timeline.measure("users write", "preparation", () => wait(writeSeconds * 1_000));
  }

  /** @param what the disaster, as a sentence without its full stop */
  async causeDisaster(what: string, work: () => Promise<unknown>): Promise<void> {
    this.milestones.disasterAt = Date.now();
    await this.measure(what, work);
  }

  /** @param work waits for the detection. @default waits for the probe */
  async detect(work = () => this.#probe.waitForFailure()): Promise<void> {
    await this.measure("the disaster is detected", work);
    this.milestones.detectedAt = Date.now();
  }

  /** Measures any other event, before or after the disaster. */
  async measure(what: string, work: () => Promise<unknown>): Promise<void> {
    await this.#options.timeline.measure(what, this.#kind, work);
  }

  get localEnvironment(): LocalEnvironment {
    if (this.target instanceof LocalEnvironment) return this.target;
    throw new Error("This scenario needs a local environment.");
  }

  /** Commands that a drill does not run. */
  get skippedCommands(): readonly string[] {
    return this.#runner.skippedCommands;
  }

  /** Duration of an outage that ends by itself. */
  get outageSeconds(): number {
    return this.#options.outageSeconds;
  }

  /** Runs the commands of a runbook, see {@link RunbookRunner.followRunbook}, or waits until a person has done so. */
  async followRunbook(
    runbook: string,
    exported?: Record<string, string>,
    steps?: readonly number[],
  ): Promise<void> {
    const { manual = false, timeline } = this.#options;
    this.runbook ??= runbook;
    if (!manual) return this.#runner.followRunbook(runbook, exported, steps);
    const variables = { ...this.target.variables, BACKUP_LOCATION: this.backupLocation, ...exported };
    await timeline.measure(`${runbook}: manual`, "step", () => followManually(runbook, variables, steps));
  }

  /**
   * Waits until the service is healthy, and checks it. The service has recovered if all checks pass.
   * @param more further checks
   */
  async verifyRecovery(more: () => Promise<Check[]> = async () => []): Promise<void> {
    const { timeline } = this.#options;
    await timeline.measure("the service becomes healthy", "check", () => this.#probe.waitForRecovery());
    await this.traffic.stop();
    await timeline.measure("the service is checked", "check", async () => {
      const { lost, checks } = await checkService({
        database: this.target.database,
        seed: this.seed,
        confirmed: [...this.seed.confirmed, ...this.traffic.confirmed],
        recoveryPoint: this.#recoveryPoint,
      });
      this.results = { lost, checks: [...checks, ...(await more())] };
    });
    if (this.results.checks.every(({ passed }) => passed)) this.milestones.recoveredAt = Date.now();
  }

  get #kind() {
    return this.milestones.disasterAt === undefined ? "preparation" : "outage";
  }

  async end(): Promise<void> {
    await this.traffic.stop();
    await this.#runner.close();
    await this.target.remove();
  }
}

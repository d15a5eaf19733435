import { execFile } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type { Manifest } from "../backup/manifest.ts";
import { Traffic } from "./api-client.ts";
import { type Check, type CheckResults, checkService, Probe } from "./checks.ts";
import type { DrillTarget } from "./drill-target.ts";
import { LocalEnvironment } from "./local-environment.ts";
import { followManually, RunbookRunner, repository } from "./runbook-runner.ts";
import { type Seed, seed } from "./seed.ts";
import type { Milestones, Timeline } from "./timeline.ts";

export interface DrillOptions {
  /** Prepares the environment that the disaster happens in. */
  readonly open: () => Promise<DrillTarget>;
  readonly timeline: Timeline;
  /** Activities that are written in bulk before the disaster. */
  readonly documents: number;
  /** Seconds for which users go on writing after the backup, before the disaster. */
  readonly writeSeconds: number;
  /** Seconds after which something is well again that passes by itself. */
  readonly outageSeconds: number;
  /**
   * A folder, or `s3://bucket/prefix` on the emulator.
   * @default a bucket of the drill's own
   */
  readonly backupLocation?: string;
  /**
   * Lets a person follow the page.
   * @default the drill runs its commands
   */
  readonly manual?: boolean;
}

/** A disaster that is rehearsed in an environment, and what is done in it, one after the other. */
export class Drill {
  readonly milestones: Milestones = {};
  readonly target: DrillTarget;
  readonly traffic: Traffic;
  readonly seed: Seed;
  readonly backupLocation: string;
  readonly #options: DrillOptions;
  readonly #probe: Probe;
  readonly #runner: RunbookRunner;
  /** Writes confirmed before this must outlive the disaster: all, unless a backup brings them back. */
  #keptUntil = Number.POSITIVE_INFINITY;
  results: CheckResults = { checks: [], lost: [] };
  /** The first page that was followed. */
  runbook?: string;

  private constructor(
    options: DrillOptions,
    parts: { target: DrillTarget; seed: Seed; probe: Probe; runner: RunbookRunner; backupLocation: string },
  ) {
    this.#options = options;
    this.target = parts.target;
    this.seed = parts.seed;
    this.backupLocation = parts.backupLocation;
    this.#probe = parts.probe;
    this.#runner = parts.runner;
    this.traffic = new Traffic(parts.seed.clients.slice(1));
  }

  /** Prepares an environment, and fills it. Users begin to write. */
  static async start(options: DrillOptions): Promise<Drill> {
    const { open, timeline, documents } = options;
    const target = await timeline.measure("the environment is prepared", "preparation", open);
    try {
      const seeded = await timeline.measure(`${documents} activities are there`, "preparation", () =>
        seed(target, documents),
      );
      const probe = await Probe.create(target.api, seeded.clients[0]!);
      const backupLocation = options.backupLocation ?? (await target.getDefaultBackupLocation());
      const runner = await RunbookRunner.open(timeline, {
        ...target.variables,
        BACKUP_LOCATION: backupLocation,
      });
      const drill = new Drill(options, { target, seed: seeded, probe, runner, backupLocation });
      drill.traffic.start();
      return drill;
    } catch (error) {
      await target.remove();
      throw error;
    }
  }

  /** Takes a backup while users write. What they wrote before the last one ahead of the disaster must outlive that. */
  async backUp(): Promise<void> {
    const kind = this.#kind;
    const manifest = await this.#options.timeline.measure("a backup is taken", kind, async () => {
      const { stdout } = await promisify(execFile)(
        "npm",
        ["run", "-s", "ops", "--", "backup", "create", "--json", "--to", this.backupLocation],
        { cwd: repository, env: this.target.variables, maxBuffer: 1e8 },
      );
      return JSON.parse(stdout) as Manifest;
    });
    const { consistency, startedAt } = manifest;
    if (kind === "preparation")
      this.#keptUntil = Date.parse(consistency.snapshot ? consistency.at : startedAt);
  }

  /** What Atlas can restore must outlive the disaster: all writes confirmed before this time. */
  setRecoveryPoint(time: Date): void {
    this.#keptUntil = time.getTime();
  }

  /** Users go on writing. */
  async keepWriting(): Promise<void> {
    const { timeline, writeSeconds } = this.#options;
    await timeline.measure("users go on writing", "preparation", () => wait(writeSeconds * 1_000));
  }

  /** @param what what happens, as a sentence without its full stop */
  async causeDisaster(what: string, work: () => Promise<unknown>): Promise<void> {
    this.milestones.disasterAt = Date.now();
    await this.#options.timeline.measure(what, "outage", work);
  }

  /** @param work waits until somebody notices; @default monitoring does, by the service's health and a known account */
  async detect(work = () => this.#probe.waitUntil(false)): Promise<void> {
    await this.#options.timeline.measure("nobody has noticed", "outage", work);
    this.milestones.detectedAt = Date.now();
  }

  /** What else happens, before the disaster or in the outage. */
  async measure(what: string, work: () => Promise<unknown>): Promise<void> {
    await this.#options.timeline.measure(what, this.#kind, work);
  }

  /** The environment, where it is one of the drill's own. */
  get localEnvironment(): LocalEnvironment {
    if (this.target instanceof LocalEnvironment) return this.target;
    throw new Error("This scenario is for an environment of the drill's own.");
  }

  /** Commands that are not run in a drill. */
  get skippedCommands(): readonly string[] {
    return this.#runner.skippedCommands;
  }

  /** For how long something that passes by itself lasts. */
  get outageSeconds(): number {
    return this.#options.outageSeconds;
  }

  /** Follows a page, see {@link RunbookRunner.followRunbook}, or lets a person do it. */
  async followRunbook(
    page: string,
    exported?: Record<string, string>,
    steps?: readonly number[],
  ): Promise<void> {
    const { manual = false, timeline } = this.#options;
    this.runbook ??= page;
    if (!manual) return this.#runner.followRunbook(page, exported, steps);
    const variables = { ...this.target.variables, BACKUP_LOCATION: this.backupLocation, ...exported };
    await timeline.measure(`${page}: by hand`, "step", () => followManually(page, variables, steps));
  }

  /**
   * Waits until the service is well, checks it, and notes that it has recovered if all checks pass.
   * @param more what else there is to check
   */
  async verifyRecovery(more: () => Promise<Check[]> = async () => []): Promise<void> {
    const { timeline } = this.#options;
    await timeline.measure("the service is well", "check", () => this.#probe.waitUntil(true));
    await this.traffic.stop();
    await timeline.measure("checked", "check", async () => {
      const { lost, checks } = await checkService({
        database: this.target.database,
        seed: this.seed,
        confirmed: [...this.seed.confirmed, ...this.traffic.confirmed],
        recoveryPoint: this.#keptUntil,
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

import { randomUUID } from "node:crypto";
import type { Db } from "mongodb";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { environments } from "../../stacks/environments/index.ts";
import type { Environment } from "../../stacks/environments.ts";
import type { DrillTarget } from "./drill-target.ts";
import { createPepper } from "./emulator-account.ts";
import { DrillGateway, forwardTo } from "./gateway.ts";
import type { LocalServices } from "./local-services.ts";
import { Region } from "./region.ts";

/** An environment that a drill creates: the public API, and the region behind it. */
export class LocalEnvironment implements DrillTarget {
  /** The environment whose names and settings it has: one with a replica set if Atlas can restore it to any point in time. */
  readonly environment: DeployedEnvironment;
  readonly api: string;
  readonly apiKey = randomUUID();
  readonly gateway: DrillGateway;
  readonly #services: LocalServices;
  readonly #regions: Region[];

  private constructor(services: LocalServices, region: Region, gateway: DrillGateway, api: string) {
    this.#services = services;
    this.environment = region.environment;
    this.#regions = [region];
    this.gateway = gateway;
    this.api = api;
  }

  /** Creates the environment with an empty database that has its indexes, and starts the service. */
  static async build(services: LocalServices): Promise<LocalEnvironment> {
    const region = await Region.build(services, findModel(services.atlas ? "replica-set" : "flex"));
    const gateway = new DrillGateway(region.functions);
    const localEnvironment = new LocalEnvironment(services, region, gateway, await gateway.start());
    try {
      await createIndexes(region.database);
      await createPepper(localEnvironment.environment, region.account);
      await localEnvironment.startService();
      return localEnvironment;
    } catch (error) {
      await localEnvironment.remove();
      throw error;
    }
  }

  get supportsPointInTimeRestore(): boolean {
    return this.#services.atlas !== undefined;
  }

  get database(): Db {
    return this.region.database;
  }

  get variables(): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    const { account, mongodbUri, database } = this.region;
    return {
      PATH,
      HOME,
      ...account.variables,
      // Version 1 of the AWS CLI does not read AWS_REGION.
      AWS_DEFAULT_REGION: account.variables.AWS_REGION,
      AWS_PAGER: "",
      ...this.#services.atlas,
      ENVIRONMENT: this.environment,
      ACCOUNT: account.id,
      API: this.api,
      MONGODB_URI: mongodbUri,
      DATABASE: database.databaseName,
    };
  }

  getDefaultBackupLocation(): Promise<string> {
    return this.region.createBackupBucket("backups");
  }

  /** The current region. */
  get region(): Region {
    return this.#regions.at(-1)!;
  }

  /** Creates another region, which becomes the current one. The public API still points to the previous one. */
  async failOver(): Promise<void> {
    this.#regions.push(await Region.build(this.#services, this.environment));
  }

  /** Starts the service of the current region as version 1 of its functions, and points the public API to it. */
  async startService(): Promise<void> {
    const url = await this.region.startService(this.api, this.apiKey);
    this.gateway.routeTo(this.region.functions, forwardTo(url));
  }

  async remove(): Promise<void> {
    this.gateway.close();
    for (const region of this.#regions) await region.remove();
  }
}

/** The last environment on the way of a release with this kind of database, or else the last one. */
function findModel(kind: Environment["database"]["kind"]): DeployedEnvironment {
  const all = Object.values(environments);
  return (all.findLast(({ database }) => database.kind === kind) ?? all.at(-1)!).name;
}

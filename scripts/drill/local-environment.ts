import { randomUUID } from "node:crypto";
import type { Db } from "mongodb";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import type { DrillTarget } from "./drill-target.ts";
import { createPepper } from "./emulator-account.ts";
import { DrillGateway, forwardTo } from "./gateway.ts";
import type { LocalServices } from "./local-services.ts";
import { Region } from "./region.ts";

/** An environment of a drill's own: the public API, and the region that it leads to. */
export class LocalEnvironment implements DrillTarget {
  /** The environment whose names and settings it has: production, where there is Atlas to restore it to any point in time. */
  readonly environment: DeployedEnvironment;
  /** Where the public API is. */
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

  /** Builds all of it, with a database that has its indexes, and starts the service. */
  static async build(services: LocalServices): Promise<LocalEnvironment> {
    const region = await Region.build(services, services.atlas ? "production" : "staging");
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
      // The first generation of the AWS CLI knows no AWS_REGION.
      AWS_DEFAULT_REGION: account.variables.AWS_REGION,
      AWS_PAGER: "",
      ...this.#services.atlas,
      ENVIRONMENT: this.environment,
      API: this.api,
      MONGODB_URI: mongodbUri,
      DATABASE: database.databaseName,
    };
  }

  getDefaultBackupLocation(): Promise<string> {
    return this.region.createBackupBucket("backups");
  }

  /** Where the environment is now. */
  get region(): Region {
    return this.#regions.at(-1)!;
  }

  /** Builds another region, where the environment is from now on; the public API still leads to the one before. */
  async failOver(): Promise<Region> {
    this.#regions.push(await Region.build(this.#services, this.environment));
    return this.region;
  }

  /** Starts the service of the region as the first version of its functions, and leads the public API to it. */
  async startService(): Promise<void> {
    const url = await this.region.startService(this.api, this.apiKey);
    await this.gateway.routeTo(this.region.functions, { 1: forwardTo(url) });
  }

  async remove(): Promise<void> {
    await this.gateway.close();
    for (const region of this.#regions) await region.remove();
  }
}

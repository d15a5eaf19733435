import { randomUUID } from "node:crypto";
import type { Db } from "mongodb";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { writePepper } from "./environment-parameters.ts";
import { DrillGateway, serverAt } from "./gateway.ts";
import type { Ground } from "./ground.ts";
import type { DrillPlace } from "./loopback.ts";
import { Site } from "./site.ts";

/** An environment of a drill's own: the public API, and the site that it leads to. */
export class Stage implements Ground {
  /** The environment whose names and settings it has: the one of whose every moment Atlas knows, where there is Atlas. */
  readonly environment: DeployedEnvironment;
  /** Where the public API is. */
  readonly api: string;
  readonly apiKey = randomUUID();
  readonly gateway: DrillGateway;
  readonly #place: DrillPlace;
  readonly #sites: Site[];

  private constructor(place: DrillPlace, site: Site, gateway: DrillGateway, api: string) {
    this.#place = place;
    this.environment = site.environment;
    this.#sites = [site];
    this.gateway = gateway;
    this.api = api;
  }

  /** Builds all of it, with a database that has its indexes, and starts the service. */
  static async build(place: DrillPlace): Promise<Stage> {
    const site = await Site.build(place, place.atlas ? "production" : "staging");
    const gateway = new DrillGateway(site.functions);
    const stage = new Stage(place, site, gateway, await gateway.open());
    try {
      await createIndexes(site.database);
      await writePepper(stage.environment, site.account);
      await stage.startService();
      return stage;
    } catch (error) {
      await stage.remove();
      throw error;
    }
  }

  get keepsMoments(): boolean {
    return this.#place.atlas !== undefined;
  }

  get database(): Db {
    return this.site.database;
  }

  get variables(): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    const { account, mongodbUri, database } = this.site;
    return {
      PATH,
      HOME,
      ...account.variables,
      // The first generation of the AWS CLI knows no AWS_REGION.
      AWS_DEFAULT_REGION: account.variables.AWS_REGION,
      AWS_PAGER: "",
      ...this.#place.atlas,
      ENVIRONMENT: this.environment,
      API: this.api,
      MONGODB_URI: mongodbUri,
      DATABASE: database.databaseName,
    };
  }

  vault(): Promise<string> {
    return this.site.makeBucket("backups");
  }

  /** Where the environment is now. */
  get site(): Site {
    return this.#sites.at(-1)!;
  }

  /** Builds another site, where the environment is from now on; the public API still leads to the one before. */
  async buildAnotherSite(): Promise<Site> {
    this.#sites.push(await Site.build(this.#place, this.environment));
    return this.site;
  }

  /** Starts the service of the site as the first version of its functions, and leads the public API to it. */
  async startService(): Promise<void> {
    const url = await this.site.start(this.api, this.apiKey);
    await this.gateway.leadTo(this.site.functions, { 1: serverAt(url) });
  }

  async remove(): Promise<void> {
    await this.gateway.close();
    for (const site of this.#sites) await site.remove();
  }
}

import { DataMongodbatlasProject } from "@cdktf/provider-mongodbatlas/lib/data-mongodbatlas-project/index.js";
import { DatabaseUser } from "@cdktf/provider-mongodbatlas/lib/database-user/index.js";
import { type App, Lazy, TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import { cacheName, previewEnvironment, toNamePrefix, toPreviewName, variables } from "../service/contract.ts";
import { AppKey } from "./constructs/api/app-key.ts";
import { RestApi } from "./constructs/api/rest-api.ts";
import { addAtlasProvider } from "./constructs/database/atlas-provider.ts";
import { DatabaseMigration } from "./constructs/database/database-migration.ts";
import type { FunctionArchive, FunctionNetwork } from "./constructs/functions/archive-function.ts";
import { ServiceFunction } from "./constructs/functions/service-function.ts";
import type { LogKey } from "./constructs/identity/log-key.ts";
import type { PolicyStatement } from "./constructs/identity/policy-document.ts";
import { toPreviewBoundaryArn } from "./constructs/previews/preview-foundation.ts";
import { EcobeatStack } from "./ecobeat-stack.ts";
import type { Environment, EnvironmentPreviews } from "./environments.ts";
import { ConstructError } from "./errors.ts";
import { FoundationStack } from "./foundation.ts";
import { migrationFunction, previewCacheUserName, toMailQueueUrl } from "./names.ts";
import { type PreviewRequest, previewOutputs } from "./preview-request.ts";
import { allowMails, allowServiceReads, allowSigning } from "./service-permissions.ts";
import { toServiceRoutes } from "./service-routes.ts";
import { serviceVariables } from "./service-variables.ts";

export interface PreviewStackProps {
  readonly request: PreviewRequest;
  /** Of the environment that the preview shares. */
  readonly foundation: FoundationStack;
  /** How that environment limits previews. */
  readonly previews: EnvironmentPreviews;
  /** Code of the functions. */
  readonly archive: FunctionArchive;
}

/** Days for which logs of previews are kept: as long as a preview lasts without a deployment. */
const logRetentionDays = 7;

/**
 * The service of a pull request: its functions, its REST API under the `execute-api` name, and its API key. It is no environment.
 * It uses the network, the cache and the database's cluster of another one, with a database and keys in Redis of its own, and has
 * neither backups, releases, alarms, a domain name nor a WAF. Nothing in it is protected, and its resources name the time at which
 * it may be destroyed.
 *
 * See docs/previews.md.
 */
export class PreviewStack extends EcobeatStack {
  override readonly logKey: LogKey;
  readonly #props: PreviewStackProps;
  readonly #variables: Readonly<Record<string, string>>;

  constructor(scope: Construct, host: Environment, props: PreviewStackProps) {
    const { request, foundation, archive } = props;
    const { namePrefix, environment } = toPreview(host, props);
    super(scope, "service", environment, {
      namePrefix,
      tags: { "pull-request": `${request.pullRequest}`, expires: request.expiresAt },
    });
    this.#props = props;
    this.boundary = toPreviewBoundaryArn(foundation);
    this.logKey = foundation.logKey;
    const { requestsPerSecond, burst } = environment.api;
    // The functions know the API's name, and the API is created with the functions.
    const url = Lazy.stringValue({ produce: () => restApi.executeApiUrl });
    this.#variables = {
      ...serviceVariables(environment),
      [variables.apiUrl]: url,
      [variables.databaseName]: namePrefix,
      [variables.cacheName]: cacheName(host.name),
      [variables.mailQueueUrl]: toMailQueueUrl(host),
    };

    const auth = this.#addFunction("auth", "Login, refresh and logout", [allowSigning(this, "preview-jwt-signing")]);
    const api = this.#addFunction("api", "All but login", []);
    new DatabaseMigration(this, "migration", {
      archive,
      archiveFromReleases: false,
      description: "Creates the database's missing indexes, and deletes the data",
      environmentVariables: this.#variables,
      network: this.#network,
      permissions: this.#allowReads(),
    });
    const restApi = new RestApi(this, "rest-api", {
      routes: toServiceRoutes({ auth, api }, environment.api),
      executeApiEndpoint: true,
      requestsPerSecond,
      burst,
    });
    const { key } = new AppKey(this, "app-key", { api: restApi, isDisposable: true, requestsPerSecond, burst });
    this.#addDatabaseUsers();
    new TerraformOutput(this, previewOutputs.url, { value: restApi.executeApiUrl, description: "URL of the API" });
    new TerraformOutput(this, previewOutputs.apiKey, {
      value: key.value,
      description: "Sent as X-Api-Key",
      // It is no secret, but the provider calls it one.
      sensitive: true,
    });
  }

  /**
   * Adds the preview that a synthesis was asked for. Call it last: no other stack of the app contains anything about it.
   *
   * @throws {ConstructError} if no environment has previews
   */
  static add(app: App, request: PreviewRequest, archive: FunctionArchive): PreviewStack {
    for (const foundation of app.node.children) {
      if (!(foundation instanceof FoundationStack)) continue;
      const { environment } = foundation;
      const { previews } = environment;
      if (previews) return new PreviewStack(app, environment, { request, foundation, previews, archive });
    }
    throw new ConstructError("preview-without-host", {
      what: `The preview ${toPreviewName(request.pullRequest)} cannot be synthesized.`,
      why: "No environment has previews.",
      action: "Set `previews` of one of them in stacks/environments/, or ask for no preview.",
    });
  }

  #addFunction(id: "auth" | "api", description: string, permissions: readonly PolicyStatement[]): ServiceFunction {
    const { memoryMb, timeoutSeconds, reservedConcurrency } = this.environment.functions;
    const { foundation, archive } = this.#props;
    return new ServiceFunction(this, id, {
      name: this.resourceName(id),
      description,
      archive,
      aliasFromDeployments: true,
      memoryMb,
      timeoutSeconds,
      reservedConcurrency: reservedConcurrency[id],
      environmentVariables: this.#variables,
      network: this.#network,
      permissions: [
        ...this.#allowReads(),
        ...allowMails(foundation.environment, foundation.dataKey.arn),
        ...permissions,
      ],
    });
  }

  get #network(): FunctionNetwork {
    const { network, securityGroups } = this.#props.foundation;
    return { subnets: network.privateSubnets, securityGroup: securityGroups.functions };
  }

  #allowReads(): PolicyStatement[] {
    const { dataKey, cache, environment } = this.#props.foundation;
    return allowServiceReads(this, {
      dataKeyArn: dataKey.arn,
      cacheArn: cache.replicationGroup.arn,
      // By its name: a reference would be another output of the foundation, which is deployed without previews.
      cacheUserArn: `arn:aws:elasticache:${this.region}:${this.accountId}:user:${previewCacheUserName(environment.name)}`,
      signingKeyUse: "preview-jwt-signing",
    });
  }

  /** Gives the roles of the functions access to the preview's database alone. They authenticate without a password. */
  #addDatabaseUsers(): void {
    addAtlasProvider(this);
    const cluster = toNamePrefix(this.#props.foundation.environment.name);
    const project = new DataMongodbatlasProject(this, "project", { name: cluster });
    for (const functionName of ["auth", "api", migrationFunction]) {
      new DatabaseUser(this, `${functionName}-user`, {
        projectId: project.id,
        username: this.toRoleArn(this.resourceName(functionName)),
        awsIamType: "ROLE",
        authDatabaseName: "$external",
        roles: [{ roleName: "readWrite", databaseName: this.namePrefix }],
        scopes: [{ name: cluster, type: "CLUSTER" }],
      });
    }
  }
}

/** How a preview differs from its host: its names, smaller limits and shorter logs. */
function toPreview(host: Environment, { request, previews: { reservedConcurrency } }: PreviewStackProps) {
  const { cdn, previews, promotedTo, ...shared } = host;
  const { provisionedConcurrency, ...functions } = host.functions;
  const environment: Environment = {
    ...shared,
    name: previewEnvironment,
    functions: { ...functions, reservedConcurrency },
    logRetentionDays,
  };
  return { namePrefix: toPreviewName(request.pullRequest), environment };
}

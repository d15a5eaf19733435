import { Wafv2WebAclAssociation } from "@cdktf/provider-aws/lib/wafv2-web-acl-association/index.js";
import type { Construct } from "constructs";
import { docsRoute, migrationFunction, parameterPath, parameters } from "../service/contract.ts";
import { routesWithoutApiKey } from "../service/routes.ts";
import { ApiDomain } from "./constructs/api/api-domain.ts";
import { AppKey } from "./constructs/api/app-key.ts";
import { RestApi } from "./constructs/api/rest-api.ts";
import { addBackups } from "./constructs/backup/backups.ts";
import { DatabaseMigration } from "./constructs/database/database-migration.ts";
import { OriginDemand, OriginSecret } from "./constructs/edge/origin-secret.ts";
import { WebAcl, webAclMetrics } from "./constructs/edge/web-acl.ts";
import { publicRules, type WebAclRule } from "./constructs/edge/web-acl-rules.ts";
import type { FunctionArchive } from "./constructs/functions/archive-function.ts";
import { FunctionUsageAlarms } from "./constructs/functions/function-usage-alarms.ts";
import { ProvisionedConcurrency } from "./constructs/functions/provisioned-concurrency.ts";
import { addReleases } from "./constructs/functions/releases.ts";
import { ServiceFunction } from "./constructs/functions/service-function.ts";
import type { PolicyStatement } from "./constructs/identity/policy-document.ts";
import { signingConditions, signingKeys } from "./constructs/identity/signing-key.ts";
import { Alarm } from "./constructs/observability/alarm.ts";
import { ServiceObservability } from "./constructs/observability/service-observability.ts";
import { EcobeatStack, resourceName } from "./ecobeat-stack.ts";
import { type Environment, functionArchitecture } from "./environments.ts";
import type { FoundationStack } from "./foundation.ts";
import { globalRegion } from "./global-region.ts";
import { serviceVariables } from "./service-variables.ts";

export interface ServiceStackProps {
  readonly foundation: FoundationStack;
  /** What the functions that serve requests run. */
  readonly archive: FunctionArchive;
  /** What the functions that make and verify backups run. */
  readonly backupArchive: FunctionArchive;
  /** What the function that tries new versions runs. */
  readonly preTrafficArchive: FunctionArchive;
}

/**
 * What `/health/ready` takes: it asks every part of the service, of anybody. Monitors and releases ask a few times a
 * second at most. It is more than the firewall lets one address ask (7 a second in production), so that no single one
 * can use it up and have monitors find the service gone.
 */
const readinessRate = { requestsPerSecond: 20, burst: 20 };

/**
 * The path of a request: domain name, WAF, REST API, function. What changes with every release.
 *
 * Two functions run one archive. `auth` logs users in and renews their tokens, and alone may sign; `api` does the rest.
 * A third one from the same archive, called by operators alone, creates the database's missing indexes.
 * Beside them, from an archive of their own: the scheduled dump of the database, and the proof that it restores; and from another
 * one the function that tries each new version before CodeDeploy gives it requests.
 */
export class ServiceStack extends EcobeatStack {
  /** Where the API answers: its public name, or another one when a CDN has that. */
  readonly originDomain: string;
  /** With a CDN: what it shows to the API. */
  readonly originSecret?: OriginSecret;
  readonly #props: ServiceStackProps;

  constructor(scope: Construct, environment: Environment, props: ServiceStackProps) {
    super(scope, "service", environment);
    this.#props = props;
    const { foundation } = props;
    const name = resourceName(environment, "api");
    const limits = environment.api;

    const auth = this.#addFunction("auth", "Login, refresh and logout", [this.#sign()]);
    const api = this.#addFunction("api", "All but login", []);
    const { provisionedConcurrency } = environment.functions;
    if (provisionedConcurrency) {
      new ProvisionedConcurrency(this, "auth-ready", { function: auth, ...provisionedConcurrency });
    }

    this.#addMigration();

    const openRoutes = [...routesWithoutApiKey, ...(limits.docsPage ? [docsRoute] : [])];
    const restApi = new RestApi(this, "rest-api", {
      name,
      description: `Ecobeat API, ${environment.name}`,
      routes: [
        { path: "/v1/auth/{proxy+}", function: auth, rate: limits.auth },
        { path: "/v1/{proxy+}", function: api },
        { path: "/{proxy+}", function: api },
        ...openRoutes.map((path) => ({
          path,
          function: api,
          apiKeyRequired: false,
          ...(path === "/health/ready" && { rate: readinessRate }),
        })),
      ],
      requestsPerSecond: limits.requestsPerSecond,
      burst: limits.burst,
      logRetentionDays: environment.logRetentionDays,
      logEncryptionKey: foundation.logKey,
      behindCloudFront: environment.cdn !== undefined,
    });
    new AppKey(this, "app-key", {
      name: resourceName(environment, "app"),
      api: restApi,
      requestsPerSecond: limits.requestsPerSecond,
      burst: limits.burst,
    });
    if (environment.cdn) {
      this.originSecret = new OriginSecret(this, "origin-secret", {
        name: resourceName(environment, "origin"),
        encryptionKey: foundation.dataKey,
      });
    }
    this.#guard(name, restApi);
    const { released } = this.#observe(name, restApi, [auth, api]);
    addReleases(this, { foundation, archive: props.preTrafficArchive, functions: released });
    this.originDomain = environment.cdn ? `origin.${environment.apiDomain}` : environment.apiDomain;
    new ApiDomain(this, "domain", {
      domainName: this.originDomain,
      zone: foundation.zone,
      api: restApi,
      behindCloudFront: environment.cdn !== undefined,
      alarmName: resourceName(environment, "certificate"),
      alertTopic: foundation.alertTopic,
    });
    addBackups(this, { foundation, archive: props.backupArchive });
  }

  #guard(name: string, api: RestApi): void {
    const { environment } = this;
    const acl = new WebAcl(this, "web-acl", {
      name,
      scope: "REGIONAL",
      // The outermost firewall knows the clients' addresses. One behind a CDN sees the CDN's.
      rules: this.originSecret ? [this.#demand(this.originSecret)] : publicRules(environment.api),
      accountId: environment.accountId,
      region: environment.region,
      logRetentionDays: environment.logRetentionDays,
      logEncryptionKey: this.#props.foundation.logKey,
      alertTopic: this.#props.foundation.alertTopic,
      queryFolder: `ecobeat-${environment.name}`,
    });
    new Wafv2WebAclAssociation(this, "web-acl-association", {
      webAclArn: acl.resource.arn,
      resourceArn: api.stage.arn,
    });
  }

  #observe(name: string, api: RestApi, functions: readonly ServiceFunction[]): ServiceObservability {
    const { environment } = this;
    const { foundation } = this.#props;
    const { region } = environment;
    const edge = {
      name: resourceName(environment, "edge"),
      scope: "CLOUDFRONT",
      region: globalRegion,
    } as const;
    return new ServiceObservability(this, "observability", {
      name: `ecobeat-${environment.name}`,
      region,
      api,
      functions,
      cache: foundation.cache,
      firewalls: [
        {
          title: "Before the API",
          region,
          ...webAclMetrics({ name, scope: "REGIONAL", region }),
          distribution: false,
        },
        ...(environment.cdn
          ? [
              {
                title: "Before CloudFront",
                region: globalRegion,
                ...webAclMetrics(edge),
                distribution: true,
              },
            ]
          : []),
      ],
      topic: foundation.alertTopic,
      alarms: () => this.ofEnvironment().filter((each) => each instanceof Alarm),
    });
  }

  #demand(secret: OriginSecret): WebAclRule {
    const name = resourceName(this.environment, "origin-demand");
    return new OriginDemand(this, "origin-demand", { name, secret }).rule;
  }

  #addFunction(
    id: "auth" | "api",
    description: string,
    permissions: readonly PolicyStatement[],
  ): ServiceFunction {
    const { environment } = this;
    const { runtime, memoryMb, timeoutSeconds, reservedConcurrency } = environment.functions;
    const { foundation, archive } = this.#props;
    const added = new ServiceFunction(this, id, {
      name: resourceName(environment, id),
      description,
      region: environment.region,
      accountId: environment.accountId,
      archive,
      architecture: functionArchitecture,
      runtime,
      memoryMb,
      timeoutSeconds,
      reservedConcurrency: reservedConcurrency[id],
      environmentVariables: serviceVariables(this.environment),
      network: { subnets: foundation.network.privateSubnets, securityGroup: foundation.traffic.functions },
      permissions: [...this.#read(), ...permissions],
      logRetentionDays: environment.logRetentionDays,
      logEncryptionKey: foundation.logKey,
    });
    new FunctionUsageAlarms(this, `${id}-usage`, { function: added, topic: foundation.alertTopic });
    return added;
  }

  #addMigration(): void {
    const { environment } = this;
    const { foundation, archive } = this.#props;
    new DatabaseMigration(this, "migration", {
      name: resourceName(environment, migrationFunction),
      region: environment.region,
      accountId: environment.accountId,
      archive,
      architecture: functionArchitecture,
      runtime: environment.functions.runtime,
      environmentVariables: serviceVariables(this.environment),
      network: { subnets: foundation.network.privateSubnets, securityGroup: foundation.traffic.functions },
      addressParameter: parameterPath(environment.name, parameters.mongodbUri),
      logRetentionDays: environment.logRetentionDays,
      logEncryptionKey: foundation.logKey,
    });
  }

  /** What both functions do: read their parameters, publish the public key, connect to the cache. */
  #read(): PolicyStatement[] {
    const { name, region, accountId } = this.environment;
    const { dataKey, cache } = this.#props.foundation;
    const keys = signingKeys(this.environment);
    return [
      {
        sid: "ReadParameters",
        actions: ["ssm:GetParameters"],
        resources: Object.values(parameters).map(
          (parameter) => `arn:aws:ssm:${region}:${accountId}:parameter${parameterPath(name, parameter)}`,
        ),
      },
      {
        sid: "DecryptParameters",
        actions: ["kms:Decrypt"],
        resources: [dataKey.arn],
        conditions: { StringEquals: { "kms:ViaService": `ssm.${region}.amazonaws.com` } },
      },
      {
        sid: "ReadPublicKey",
        actions: ["kms:GetPublicKey"],
        resources: keys.resources,
        conditions: { StringEquals: keys.condition },
      },
      {
        sid: "ConnectToCache",
        actions: ["elasticache:Connect"],
        resources: [cache.replicationGroup.arn, cache.user.arn],
      },
    ];
  }

  #sign(): PolicyStatement {
    const keys = signingKeys(this.environment);
    return {
      sid: "Sign",
      actions: ["kms:Sign"],
      resources: keys.resources,
      conditions: { StringEquals: { ...signingConditions.StringEquals, ...keys.condition } },
    };
  }
}

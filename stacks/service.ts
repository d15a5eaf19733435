import { Wafv2WebAclAssociation } from "@cdktf/provider-aws/lib/wafv2-web-acl-association/index.js";
import type { Construct } from "constructs";
import { ApiDomain } from "./constructs/api/api-domain.ts";
import { AppKey } from "./constructs/api/app-key.ts";
import { RestApi } from "./constructs/api/rest-api.ts";
import { DatabaseDump } from "./constructs/backup/database-dump.ts";
import { RestoreTest } from "./constructs/backup/restore-test.ts";
import { DatabaseMigration } from "./constructs/database/database-migration.ts";
import { OriginSecret, OriginVerifyRule } from "./constructs/edge/origin-secret.ts";
import { WebAcl } from "./constructs/edge/web-acl.ts";
import { createPublicRules } from "./constructs/edge/web-acl-rules.ts";
import type { FunctionArchive, FunctionNetwork } from "./constructs/functions/archive-function.ts";
import { CodeDeploy } from "./constructs/functions/code-deploy.ts";
import { FunctionUsageAlarms } from "./constructs/functions/function-usage-alarms.ts";
import { PreTrafficCheck } from "./constructs/functions/pre-traffic-check.ts";
import { ProvisionedConcurrency } from "./constructs/functions/provisioned-concurrency.ts";
import { ServiceFunction } from "./constructs/functions/service-function.ts";
import { SupportFunction } from "./constructs/functions/support-function.ts";
import type { LogKey } from "./constructs/identity/log-key.ts";
import type { PolicyStatement } from "./constructs/identity/policy-document.ts";
import { MailDelivery } from "./constructs/mail/mail-delivery.ts";
import { Alarm, CompositeAlarm } from "./constructs/observability/alarm.ts";
import { ServiceObservability } from "./constructs/observability/service-observability.ts";
import { SmokeTest } from "./constructs/observability/smoke-test.ts";
import { EcobeatStack } from "./ecobeat-stack.ts";
import type { Environment } from "./environments.ts";
import type { FoundationStack } from "./foundation.ts";
import {
  allowBackends,
  allowMails,
  allowServiceReads,
  allowSigning,
  type ServiceAccess,
} from "./service-permissions.ts";
import { toServiceRoutes } from "./service-routes.ts";
import { serviceVariables, supportVariables } from "./service-variables.ts";

export interface ServiceStackProps {
  readonly foundation: FoundationStack;
  /** Code of the functions that serve requests. */
  readonly archive: FunctionArchive;
  /** Code of the functions that send mails and support users. */
  readonly accountsArchive: FunctionArchive;
  /** Code of the functions that create and verify backups. */
  readonly backupArchive: FunctionArchive;
  /** Code of the functions that test new versions and the public API. */
  readonly preTrafficArchive: FunctionArchive;
}

/**
 * The path of a request: domain name, WAF, REST API, function. It changes with every release.
 *
 * Two functions share one archive. `auth` handles logins and refreshes, and only it may sign; `api` handles the rest. A third one
 * from the same archive creates the database's missing indexes, for operators. The scheduled dump and the restore test share
 * another archive. The pre-traffic check and the smoke test share a third one. The sender of mails has one with the function of support.
 */
export class ServiceStack extends EcobeatStack {
  /** Domain of the API: the public name, or the origin's name behind a CDN. */
  readonly originDomain: string;
  /** @default no CDN */
  readonly originSecret?: OriginSecret;
  override readonly logKey: LogKey;
  readonly #props: ServiceStackProps;

  constructor(scope: Construct, environment: Environment, props: ServiceStackProps) {
    super(scope, "service", environment);
    this.#props = props;
    this.logKey = props.foundation.logKey;
    const { foundation } = props;
    const name = this.resourceName("api");
    const limits = environment.api;

    const auth = this.#addFunction("auth", "Login, refresh and logout", [allowSigning(this)]);
    const api = this.#addFunction("api", "All but login", []);
    const { provisionedConcurrency } = environment.functions;
    if (provisionedConcurrency) {
      new ProvisionedConcurrency(this, "auth-provisioned-concurrency", { function: auth, ...provisionedConcurrency });
    }

    new DatabaseMigration(this, "migration", {
      archive: props.archive,
      environmentVariables: serviceVariables(environment),
      network: this.#network,
    });
    const restApi = new RestApi(this, "rest-api", {
      routes: toServiceRoutes({ auth, api }, limits),
      requestsPerSecond: limits.requestsPerSecond,
      burst: limits.burst,
    });
    const appKey = new AppKey(this, "app-key", {
      api: restApi,
      requestsPerSecond: limits.requestsPerSecond,
      burst: limits.burst,
    });
    if (environment.cdn) {
      this.originSecret = new OriginSecret(this, "origin-secret", { encryptionKey: foundation.dataKey });
    }
    this.#addWebAcl(name, restApi);
    const { released } = this.#addObservability(name, restApi, [auth, api]);
    const { lambda } = new PreTrafficCheck(this, "pre-traffic", {
      archive: props.preTrafficArchive,
      functions: [auth, api],
      encryptionKey: foundation.dataKey,
    });
    new CodeDeploy(this, "code-deploy", {
      functions: released,
      preTrafficHook: lambda,
      alertTopic: foundation.alertTopic,
    });
    this.originDomain = environment.cdn ? `origin.${environment.apiDomain}` : environment.apiDomain;
    new ApiDomain(this, "domain", {
      domainName: this.originDomain,
      zone: foundation.zone,
      api: restApi,
      alertTopic: foundation.alertTopic,
    });
    this.#addBackups();
    new MailDelivery(this, "mails", {
      archive: props.accountsArchive,
      encryptionKey: foundation.dataKey,
      alertTopic: foundation.alertTopic,
    });
    this.#addSupport();
    new SmokeTest(this, "smoke-test", {
      archive: props.preTrafficArchive,
      appKey,
      encryptionKey: foundation.dataKey,
      alertTopic: foundation.alertTopic,
    });
  }

  #addWebAcl(name: string, api: RestApi): void {
    const { environment } = this;
    const acl = new WebAcl(this, "web-acl", {
      name,
      scope: "REGIONAL",
      // Only the outermost web ACL sees clients' addresses. Behind a CDN it sees the CDN's.
      rules: this.originSecret
        ? [new OriginVerifyRule(this, "origin-verify-rule", { secret: this.originSecret }).rule]
        : createPublicRules(environment.api),
      alertTopic: this.#props.foundation.alertTopic,
    });
    new Wafv2WebAclAssociation(this, "web-acl-association", {
      webAclArn: acl.resource.arn,
      resourceArn: api.stage.arn,
    });
  }

  #addObservability(name: string, api: RestApi, functions: [ServiceFunction, ServiceFunction]): ServiceObservability {
    const { environment } = this;
    const { foundation } = this.#props;
    return new ServiceObservability(this, "observability", {
      api,
      functions,
      cache: foundation.cache,
      webAcls: [
        { name, scope: "REGIONAL" },
        ...(environment.cdn ? [{ name: this.resourceName("edge"), scope: "CLOUDFRONT" as const }] : []),
      ],
      topic: foundation.alertTopic,
      alarms: () =>
        this.findEnvironmentConstructs().filter(
          (each): each is Alarm | CompositeAlarm =>
            each instanceof CompositeAlarm || (each instanceof Alarm && each.notifies),
        ),
    });
  }

  #addFunction(id: "auth" | "api", description: string, permissions: readonly PolicyStatement[]): ServiceFunction {
    const { environment } = this;
    const { memoryMb, timeoutSeconds, reservedConcurrency } = environment.functions;
    const { foundation, archive } = this.#props;
    const added = new ServiceFunction(this, id, {
      name: this.resourceName(id),
      description,
      archive,
      memoryMb,
      timeoutSeconds,
      reservedConcurrency: reservedConcurrency[id],
      environmentVariables: serviceVariables(this.environment),
      network: this.#network,
      permissions: [
        ...allowServiceReads(this, this.#backends),
        ...allowMails(environment, foundation.dataKey.arn),
        ...permissions,
      ],
    });
    new FunctionUsageAlarms(this, `${id}-usage`, { function: added, topic: foundation.alertTopic });
    return added;
  }

  #addBackups(): void {
    const { foundation, backupArchive: archive } = this.#props;
    const { backupBucket, alertTopic } = foundation;
    const shared = { archive, network: this.#network, backupBucket, alertTopic };
    const { deadLetterQueue } = new DatabaseDump(this, "dump", { ...shared, encryptionKey: foundation.dataKey });
    new RestoreTest(this, "restore-test", { ...shared, deadLetterQueue });
  }

  #addSupport(): void {
    const { environment } = this;
    const { foundation, accountsArchive: archive } = this.#props;
    new SupportFunction(this, "support", {
      archive,
      network: this.#network,
      environmentVariables: supportVariables(environment),
      permissions: [...allowBackends(this, this.#backends), ...allowMails(environment, foundation.dataKey.arn)],
      alertTopic: foundation.alertTopic,
    });
  }

  get #network(): FunctionNetwork {
    const { network, securityGroups } = this.#props.foundation;
    return { subnets: network.privateSubnets, securityGroup: securityGroups.functions };
  }

  get #backends(): ServiceAccess {
    const { dataKey, cache } = this.#props.foundation;
    return { dataKeyArn: dataKey.arn, cacheArn: cache.replicationGroup.arn, cacheUserArn: cache.user.arn };
  }
}

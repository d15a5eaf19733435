import { Route53Zone } from "@cdktf/provider-aws/lib/route53-zone/index.js";
import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter/index.js";
import { SsmServiceSetting } from "@cdktf/provider-aws/lib/ssm-service-setting/index.js";
import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { snapshotExports } from "../scripts/backup/contract.ts";
import { parameterPath, parameters } from "../service/contract.ts";
import { ApiLogDelivery } from "./constructs/api/api-log-delivery.ts";
import { BackupBucket } from "./constructs/backup/backup-bucket.ts";
import { BackupCopy } from "./constructs/backup/backup-copy.ts";
import { Cache } from "./constructs/cache/cache.ts";
import { CacheAlarms } from "./constructs/cache/cache-alarms.ts";
import { EncryptionKey } from "./constructs/identity/encryption-key.ts";
import { accountPrincipal } from "./constructs/identity/key-administration.ts";
import { LogKey } from "./constructs/identity/log-key.ts";
import { PermissionsBoundary } from "./constructs/identity/permissions-boundary.ts";
import type { PolicyStatement } from "./constructs/identity/policy-document.ts";
import { SigningKey } from "./constructs/identity/signing-key.ts";
import { SupportAccess } from "./constructs/identity/support-access.ts";
import { MailIdentity } from "./constructs/mail/mail-identity.ts";
import { FlowLog } from "./constructs/network/flow-log.ts";
import { Network } from "./constructs/network/network.ts";
import { SecurityGroups } from "./constructs/network/security-groups.ts";
import { ServiceEndpoints } from "./constructs/network/service-endpoints.ts";
import { AlertTopic } from "./constructs/observability/alert-topic.ts";
import { LogGroup } from "./constructs/observability/log-group.ts";
import { MonthlyBudget } from "./constructs/observability/monthly-budget.ts";
import { PreviewFoundation } from "./constructs/previews/preview-foundation.ts";
import { EcobeatStack } from "./ecobeat-stack.ts";
import { type Environment, exportsSnapshots } from "./environments.ts";
import { releaseLogName, toParameterThroughputArn } from "./names.ts";

/**
 * The base of the other stacks, which rarely changes: the network, the keys, the cache, their parameters, the backup bucket,
 * the alert topic, the DNS zone, and the identity of mails.
 */
export class FoundationStack extends EcobeatStack {
  readonly network: Network;
  readonly securityGroups: SecurityGroups;
  readonly signingKey: SigningKey;
  readonly dataKey: EncryptionKey;
  override readonly logKey: LogKey;
  readonly cache: Cache;
  /** For alarms and budgets. */
  readonly alertTopic: AlertTopic;
  readonly backupBucket: BackupBucket;
  /** For the snapshots that Atlas exports, if it does. */
  readonly exportBucket: BackupBucket | undefined;
  /**
   * Zone of the API's domain. The parent zone needs an NS record with the name servers from this stack's output, added manually;
   * until then the certificates of the zone stay unvalidated.
   */
  readonly zone: Route53Zone;

  constructor(scope: Construct, environment: Environment) {
    super(scope, "foundation", environment);
    const { nat } = environment.network;

    this.boundary = new PermissionsBoundary(this, "permissions-boundary").arn;
    new SupportAccess(this, "support-access");
    this.network = new Network(this, "network", {
      cidr: environment.network.cidr,
      availabilityZones: environment.network.availabilityZones,
      nat: nat !== undefined,
    });
    this.securityGroups = new SecurityGroups(this, "security-groups", {
      vpc: this.network.vpc,
      ...(nat && { egressPorts: nat }),
    });
    this.backupBucket = new BackupBucket(this, "backups", { name: this.resourceName("backups") });
    if (exportsSnapshots(environment)) {
      this.exportBucket = new BackupBucket(this, "exports", { name: this.resourceName(snapshotExports.name) });
    }
    const endpoints = new ServiceEndpoints(this, "endpoints", {
      network: this.network,
      securityGroup: this.securityGroups.endpoints,
      backupBucket: this.backupBucket,
    });
    this.securityGroups.allowEgressToS3(endpoints.s3);

    this.signingKey = new SigningKey(this, "signing-key", { signerRoleName: this.resourceName("auth") });
    this.dataKey = new EncryptionKey(this, "data-key", {
      name: this.resourceName("data"),
      description: "Encrypts secret parameters, the cache and failed events",
      users: dataKeyUsers(environment),
    });
    this.logKey = new LogKey(this, "log-key", { name: this.resourceName("logs"), description: "Encrypts logs" });

    this.#addReleaseLog();

    this.cache = new Cache(this, "cache", {
      ...environment.cache,
      subnets: this.network.privateSubnets,
      securityGroup: this.securityGroups.cache,
      encryptionKey: this.dataKey,
    });

    this.alertTopic = new AlertTopic(this, "alerts", { name: this.resourceName("alerts"), budgets: true, roles: true });
    new MonthlyBudget(this, "budget", { alertTopic: this.alertTopic });

    const { copyRegion } = environment.backup;
    if (copyRegion) {
      new BackupCopy(this, "backup-copy", {
        source: this.backupBucket,
        region: copyRegion,
        alertTopic: this.alertTopic,
      });
    }
    new CacheAlarms(this, "cache-alarms", { cache: this.cache, topic: this.alertTopic });

    this.#addParameters();
    if (environment.previews) new PreviewFoundation(this, "previews", { cache: this.cache });
    new ApiLogDelivery(this, "api-log-delivery");
    new FlowLog(this, "flow-log", { vpc: this.network.vpc });
    this.zone = new Route53Zone(this, "zone", {
      name: environment.apiDomain,
      comment: "Delegated from the parent zone",
      lifecycle: { preventDestroy: true },
    });
    new MailIdentity(this, "mail-identity", { zone: this.zone, alertTopic: this.alertTopic });
    this.#addOutputs();
  }

  /**
   * The release history. CloudWatch Logs cannot change or delete single events. `prevent_destroy` protects the log group, and a
   * deny statement protects it from the deploy roles.
   */
  #addReleaseLog(): void {
    const log = new LogGroup(new Construct(this, "release-log"), "log", {
      name: releaseLogName(this.environment.name),
      // Ten years: the longest retention of CloudWatch Logs, other than unlimited.
      retentionDays: 3_653,
      // It must show users' names. Those of single sign-on are e-mail addresses, which masking would hide.
      unmasked: "everything",
    });
    log.resource.lifecycle = { preventDestroy: true };
  }

  #addParameters(): void {
    new SsmParameter(this, "redis-url", {
      name: parameterPath(this.environment.name, parameters.redisUrl),
      type: "String",
      value: this.cache.url,
      lifecycle: { preventDestroy: true },
    });
    new SsmParameter(this, "jwt-signing-keys", {
      name: parameterPath(this.environment.name, parameters.jwtSigningKeys),
      type: "String",
      value: JSON.stringify({ current: this.signingKey.arn }),
      // Only the initial value: a key rotation writes the next ones, and Terraform must not revert them.
      lifecycle: { preventDestroy: true, ignoreChanges: ["value"] },
    });
    if (this.environment.functions.parameterThroughput === "higher") {
      // Without it, AWS's default applies again.
      new SsmServiceSetting(this, "parameter-throughput", {
        settingId: toParameterThroughputArn(this),
        settingValue: "true",
      });
    }
  }

  #addOutputs(): void {
    new TerraformOutput(this, "name-servers", {
      description: "For the NS record of the zone in its parent zone",
      value: this.zone.nameServers,
    });
    if (this.network.natAddress) {
      new TerraformOutput(this, "nat-address", {
        description: "Address from which the functions reach the internet, for access lists",
        value: this.network.natAddress,
      });
    }
  }
}

function dataKeyUsers({ accountId, region, cdn }: Environment): PolicyStatement[] {
  const principals = accountPrincipal(accountId);
  const grantees = ["ssm", "elasticache", ...(cdn ? ["secretsmanager"] : [])];
  const viaServices = (services: readonly string[]) => ({
    "kms:ViaService": services.map((service) => `${service}.${region}.amazonaws.com`),
  });
  return [
    {
      sid: "UseThroughServices",
      principals,
      actions: ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"],
      conditions: { StringEquals: viaServices([...grantees, "sqs"]) },
    },
    {
      sid: "GrantToServices",
      principals,
      actions: ["kms:CreateGrant"],
      conditions: { StringEquals: viaServices(grantees), Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}

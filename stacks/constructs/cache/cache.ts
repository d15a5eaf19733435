import { ElasticacheParameterGroup } from "@cdktf/provider-aws/lib/elasticache-parameter-group/index.js";
import { ElasticacheReplicationGroup } from "@cdktf/provider-aws/lib/elasticache-replication-group/index.js";
import { ElasticacheSubnetGroup } from "@cdktf/provider-aws/lib/elasticache-subnet-group/index.js";
import { ElasticacheUser } from "@cdktf/provider-aws/lib/elasticache-user/index.js";
import { ElasticacheUserGroup } from "@cdktf/provider-aws/lib/elasticache-user-group/index.js";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import { Construct } from "constructs";
import { cacheKeyPrefix, cacheName, previewPrefix } from "../../../service/contract.ts";
import { type CacheNodeType, getCacheNode } from "../../cache-nodes.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { EnvironmentCache } from "../../environments.ts";
import { cacheUserName, previewCacheUserName } from "../../names.ts";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import { cachePort } from "../network/security-groups.ts";
import { addLogDeliveryPolicy, LogGroup } from "../observability/log-group.ts";
import type { MetricMath } from "../observability/metric.ts";

export interface CacheProps extends EnvironmentCache {
  readonly subnets: readonly Subnet[];
  readonly securityGroup: SecurityGroup;
  readonly encryptionKey: EncryptionKey;
}

// The service uses hashes, sorted sets, strings, expiry, transactions and scripts. The last terms remove from these categories
// the commands that list other keys, change the server, or read or delete all data.
const commands =
  "-@all +@read +@write +@connection +@transaction +eval +evalsha " + "-scan -randomkey -dbsize -function -@dangerous";

/**
 * ElastiCache for Redis with TLS and IAM authentication only: the user has no password, and the user `default`, for clients
 * without credentials, is off. Encrypted at rest. It stores sessions and cached values, without backups. Commands slower than
 * 10 ms are logged.
 *
 * A full cache evicts the least recently used keys. Part of the memory is reserved for connections, replication and peaks; AWS
 * recommends 25 % in general, 30 % on small burstable nodes and 50 % on micro nodes:
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/redis-memory-management.html
 *
 * Costs about $53 a month idle. Billed by node and hour.
 *
 * @example
 * new Cache(this, "cache", {
 *   nodeType: "cache.t3.small", nodes: 2, reservedMemoryPercent: 30, subnets, securityGroup, encryptionKey,
 * });
 */
export class Cache extends Construct {
  /** Id of the replication group, part of the request that clients sign to authenticate. */
  readonly name: string;
  readonly nodes: number;
  readonly nodeType: CacheNodeType;
  readonly replicationGroup: ElasticacheReplicationGroup;
  readonly user: ElasticacheUser;
  /** `rediss://` URL of the primary node with the IAM user's name, and without a password. */
  readonly url: string;
  /** The same URL for the functions of previews. @default the environment has no previews */
  readonly previewUrl?: string;

  constructor(scope: Construct, id: string, props: CacheProps) {
    super(scope, id);
    const { nodes, reservedMemoryPercent } = props;
    const { environment } = EcobeatStack.of(this);
    const name = cacheName(environment.name);
    const userName = cacheUserName(environment.name);
    this.name = name;
    this.nodes = nodes;
    this.nodeType = props.nodeType;
    this.user = new ElasticacheUser(this, "user", {
      userId: userName,
      userName,
      engine: "redis",
      accessString: `on ~${cacheKeyPrefix}* ${commands}`,
      authenticationMode: { type: "iam" },
    });
    // ElastiCache requires a user of this name in every group, and it cannot use IAM. Off, it needs no password.
    const defaultUser = new ElasticacheUser(this, "default-user", {
      userId: `${name}-default`,
      userName: "default",
      engine: "redis",
      accessString: "off ~* -@all",
      authenticationMode: { type: "no-password-required" },
    });
    // One for all previews: ElastiCache changes a group of users for minutes, one change after another.
    const previewUser =
      environment.previews &&
      new ElasticacheUser(this, "preview-user", {
        userId: previewCacheUserName(environment.name),
        userName: previewCacheUserName(environment.name),
        engine: "redis",
        accessString: `on ~${previewPrefix}-* ${commands}`,
        authenticationMode: { type: "iam" },
      });
    const users = new ElasticacheUserGroup(this, "users", {
      userGroupId: name,
      engine: "redis",
      userIds: [this.user.userId, defaultUser.userId, ...(previewUser ? [previewUser.userId] : [])],
    });
    const subnetGroup = new ElasticacheSubnetGroup(this, "subnets", {
      name,
      description: "Private subnets",
      subnetIds: props.subnets.map((subnet) => subnet.id),
    });
    const parameterGroup = new ElasticacheParameterGroup(this, "parameters", {
      name,
      family: "redis7",
      description: "Sessions and cached values",
      parameter: [
        // All keys of the service expire. `volatile-ttl` would first evict what expires soonest: the marker that all sessions
        // of a user have ended, which must last for a minute. It is recent, so `volatile-lru` keeps it.
        { name: "maxmemory-policy", value: "volatile-lru" },
        { name: "reserved-memory-percent", value: `${reservedMemoryPercent}` },
      ],
    });
    const slowLog = new Construct(this, "slow-log");
    const slowLogGroup = new LogGroup(slowLog, "log", {
      name: `/aws/elasticache/${name}/slow-log`,
      // An entry contains the command, its duration and its client, without arguments.
      unmasked: "everything",
    });

    this.replicationGroup = new ElasticacheReplicationGroup(this, "replication-group", {
      replicationGroupId: name,
      description: "Sessions and cached values",
      engine: "redis",
      engineVersion: "7.1",
      nodeType: props.nodeType,
      numCacheClusters: nodes,
      automaticFailoverEnabled: nodes > 1,
      multiAzEnabled: nodes > 1,
      port: cachePort,
      parameterGroupName: parameterGroup.name,
      logDeliveryConfiguration: [
        { logType: "slow-log", logFormat: "json", destinationType: "cloudwatch-logs", destination: slowLogGroup.name },
      ],
      subnetGroupName: subnetGroup.name,
      securityGroupIds: [props.securityGroup.id],
      userGroupIds: [users.userGroupId],
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      atRestEncryptionEnabled: "true",
      kmsKeyId: props.encryptionKey.arn,
      snapshotRetentionLimit: 0,
      // Otherwise a change waits for the weekly maintenance window, while Terraform reports it as applied.
      applyImmediately: true,
      // Without permission to write the log, its delivery cannot start.
      dependsOn: [addLogDeliveryPolicy(slowLog, "delivery-policy", slowLogGroup, `${name}-slow-log`)],
      lifecycle: { preventDestroy: true },
    });
    const toUrl = (user: string) => `rediss://${user}@${this.replicationGroup.primaryEndpointAddress}:${cachePort}`;
    this.url = toUrl(userName);
    if (previewUser) this.previewUrl = toUrl(previewCacheUserName(environment.name));
  }

  /**
   * The metric of a node's CPU, and its limit: 90 % of the vCPU that Redis uses. With up to two vCPUs AWS recommends that of all vCPUs:
   * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html
   */
  get cpuMetric(): { readonly name: string; readonly thresholdPercent: number } {
    const { vcpus } = getCacheNode(this.nodeType);
    return vcpus <= 2
      ? { name: "CPUUtilization", thresholdPercent: 90 / vcpus }
      : { name: "EngineCPUUtilization", thresholdPercent: 90 };
  }

  /**
   * A metric of each node. ElastiCache names the nodes of a group `<group>-001`, `<group>-002` and so on.
   *
   * @returns the metrics as `node1`, `node2` and so on
   */
  getNodeMetrics(name: string, statistic: string): MetricMath["metrics"] {
    const numbers = Array.from({ length: this.nodes }, (_, index) => index + 1);
    return Object.fromEntries(
      numbers.map((number) => [
        `node${number}`,
        {
          namespace: "AWS/ElastiCache",
          name,
          dimensions: { CacheClusterId: `${this.name}-${String(number).padStart(3, "0")}` },
          statistic,
        },
      ]),
    );
  }
}

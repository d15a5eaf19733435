import { ElasticacheParameterGroup } from "@cdktf/provider-aws/lib/elasticache-parameter-group/index.js";
import { ElasticacheReplicationGroup } from "@cdktf/provider-aws/lib/elasticache-replication-group/index.js";
import { ElasticacheSubnetGroup } from "@cdktf/provider-aws/lib/elasticache-subnet-group/index.js";
import { ElasticacheUser } from "@cdktf/provider-aws/lib/elasticache-user/index.js";
import { ElasticacheUserGroup } from "@cdktf/provider-aws/lib/elasticache-user-group/index.js";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import { Construct } from "constructs";
import { cacheKeyPrefix, cacheName } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { cacheUserName } from "../../names.ts";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import { cachePort } from "../network/security-groups.ts";
import type { NamedMetrics } from "../observability/metric.ts";
import { SlowLog } from "./slow-log.ts";

export interface CacheProps {
  readonly nodeType: string;
  /** From 1 to 6. With more than one, a replica in another zone takes over by itself. */
  readonly nodes: number;
  /** Share of a node's memory that is kept free of data, from 0 to 100; see {@link Cache}. */
  readonly reservedMemoryPercent: number;
  readonly subnets: readonly Subnet[];
  readonly securityGroup: SecurityGroup;
  readonly encryptionKey: EncryptionKey;
}

// What the service does with Redis: hashes, sorted sets, strings, expiry, transactions and scripts. What comes last takes
// back from those groups what looks at the keys of others, what changes the server, and what reads or empties all.
const commands =
  "-@all +@read +@write +@connection +@transaction +eval +evalsha " +
  "-scan -randomkey -dbsize -function -@dangerous";

/**
 * ElastiCache for Redis that speaks TLS alone and knows clients by IAM alone: the user has no password, and the user
 * `default`, as which a client without credentials would enter, is off. Encrypted at rest. It keeps sessions and cached
 * values; nothing is backed up. Slow commands are logged.
 *
 * ```ts
 * new Cache(this, "cache", {
 *   nodeType: "cache.t3.small", nodes: 2, reservedMemoryPercent: 30, subnets, securityGroup, encryptionKey,
 * });
 * ```
 *
 * When it is full, what was not used for the longest time goes. A part of the memory is reserved for connections,
 * replication and peaks; AWS advises 25 % in general, 30 % on small burstable nodes and 50 % on micro ones:
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/redis-memory-management.html
 *
 * Costs about $53 a month idle. Billed by node and hour.
 */
export class Cache extends Construct {
  /** Id of the replication group; clients sign it to authenticate. */
  readonly name: string;
  readonly nodes: number;
  readonly replicationGroup: ElasticacheReplicationGroup;
  readonly user: ElasticacheUser;
  /** `rediss://` URL of the primary node with the IAM user's name, and without a password. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: CacheProps) {
    super(scope, id);
    const { nodes, reservedMemoryPercent } = props;
    const { environment } = EcobeatStack.of(this);
    const name = cacheName(environment.name);
    const userName = cacheUserName(environment.name);
    this.name = name;
    this.nodes = nodes;
    // https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html (NumCacheClusters)
    if (!Number.isInteger(nodes) || nodes < 1 || nodes > 6) {
      throw new Error(
        `The cache "${name}" is to have ${nodes} nodes. ElastiCache allows one primary and up to five replicas. ` +
          `Choose a number of nodes from 1 to 6.`,
      );
    }
    if (!/^cache\.[a-z0-9]+\.[a-z0-9]+$/.test(props.nodeType)) {
      throw new Error(
        `The cache "${name}" is to have nodes of the type "${props.nodeType}". ElastiCache's types begin with "cache.". ` +
          "Choose one of those, such as cache.t3.micro.",
      );
    }
    if (
      !Number.isInteger(reservedMemoryPercent) ||
      reservedMemoryPercent < 0 ||
      reservedMemoryPercent > 100
    ) {
      throw new Error(
        `The cache "${name}" is to reserve ${reservedMemoryPercent} % of its memory. ElastiCache takes whole percents of ` +
          `a node's memory. Choose from 0 to 100; AWS advises 25, and up to 50 on micro nodes.`,
      );
    }

    this.user = new ElasticacheUser(this, "user", {
      userId: userName,
      userName,
      engine: "redis",
      accessString: `on ~${cacheKeyPrefix}* ${commands}`,
      authenticationMode: { type: "iam" },
    });
    // ElastiCache demands a user of this name in every group, and it cannot use IAM. Switched off it needs no password.
    const defaultUser = new ElasticacheUser(this, "default-user", {
      userId: `${name}-default`,
      userName: "default",
      engine: "redis",
      accessString: "off ~* -@all",
      authenticationMode: { type: "no-password-required" },
    });
    const users = new ElasticacheUserGroup(this, "users", {
      userGroupId: name,
      engine: "redis",
      userIds: [this.user.userId, defaultUser.userId],
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
        // Everything the service writes expires. `volatile-ttl` would first drop what expires soonest: the memory that all
        // sessions of a user were ended, which must hold for a minute. It has just been written, so this keeps it, and
        // drops what nobody asked for.
        { name: "maxmemory-policy", value: "volatile-lru" },
        { name: "reserved-memory-percent", value: `${reservedMemoryPercent}` },
      ],
    });
    const slowLog = new SlowLog(this, "slow-log", { cacheName: name });

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
        {
          logType: "slow-log",
          logFormat: "json",
          destinationType: "cloudwatch-logs",
          destination: slowLog.group.name,
        },
      ],
      subnetGroupName: subnetGroup.name,
      securityGroupIds: [props.securityGroup.id],
      userGroupIds: [users.userGroupId],
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      atRestEncryptionEnabled: "true",
      kmsKeyId: props.encryptionKey.arn,
      snapshotRetentionLimit: 0,
      // Otherwise a change waits for the weekly maintenance, and Terraform says that it was made.
      applyImmediately: true,
      dependsOn: [slowLog.deliveryPolicy],
      lifecycle: { preventDestroy: true },
    });
    this.url = `rediss://${userName}@${this.replicationGroup.primaryEndpointAddress}:${cachePort}`;
  }

  /**
   * What CloudWatch measures of each node. ElastiCache calls the nodes of a group `<group>-001`, `<group>-002` and so on.
   *
   * @returns the metrics as `node1`, `node2` and so on
   */
  getNodeMetrics(name: string, statistic: string): NamedMetrics {
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

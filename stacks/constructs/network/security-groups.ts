import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import type { Vpc } from "@cdktf/provider-aws/lib/vpc/index.js";
import type { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint/index.js";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";

export interface SecurityGroupsProps {
  readonly vpc: Vpc;
  /**
   * TCP ports that the functions may reach at any address, for a database that has no private endpoint.
   *
   * @default the functions have no egress to the internet
   */
  readonly egressPorts?: { readonly fromPort: number; readonly toPort: number };
}

/** Port of ElastiCache. */
export const cachePort = 6379;

/**
 * The security groups of the VPC and their rules.
 *
 * ```ts
 * new SecurityGroups(this, "security-groups", {
 *   vpc: this.network.vpc,
 * });
 * ```
 *
 * They allow only:
 *
 * - functions → cache, on the Redis port;
 * - functions → interface endpoints of AWS services, on 443;
 * - functions → S3, on 443: see {@link SecurityGroups.allowEgressToS3};
 * - functions → the internet, only on `egressPorts`.
 *
 * Each group names the other group rather than addresses. Security groups cost nothing.
 */
export class SecurityGroups extends Construct {
  readonly functions: SecurityGroup;
  readonly cache: SecurityGroup;
  readonly endpoints: SecurityGroup;

  constructor(scope: Construct, id: string, props: SecurityGroupsProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const group = (suffix: string, description: string) =>
      new SecurityGroup(this, suffix, {
        // A new one is made before the old one goes, and two cannot have one name.
        namePrefix: `${stack.resourceName(suffix)}-`,
        description,
        vpcId: props.vpc.id,
        tags: { Name: stack.resourceName(suffix) },
        lifecycle: { createBeforeDestroy: true },
      });
    this.functions = group("functions", "Lambda functions");
    this.cache = group("cache", "ElastiCache nodes");
    this.endpoints = group("endpoints", "Interface endpoints of AWS services");

    this.#allow("functions-to-cache", this.functions, this.cache, cachePort);
    this.#allow("functions-to-endpoints", this.functions, this.endpoints, 443);
    if (props.egressPorts) {
      const { fromPort, toPort } = props.egressPorts;
      if (
        ![fromPort, toPort].every((port) => Number.isInteger(port) && port >= 1 && port <= 65_535) ||
        fromPort > toPort
      ) {
        throw new Error(
          `The functions of "${stack.namePrefix}" are to reach the internet on the ports ${fromPort} to ${toPort}. TCP has ports from 1 ` +
            "to 65,535, and the first of a range comes first. Choose such a range.",
        );
      }
      new VpcSecurityGroupEgressRule(this, "functions-to-internet", {
        securityGroupId: this.functions.id,
        description: "The database, whose addresses change",
        cidrIpv4: "0.0.0.0/0",
        ipProtocol: "tcp",
        fromPort,
        toPort,
      });
    }
  }

  /** Lets the functions reach S3, whose gateway endpoint has no security group: its addresses are in a prefix list. */
  allowEgressToS3(gatewayEndpoint: VpcEndpoint): void {
    new VpcSecurityGroupEgressRule(this, "functions-to-s3", {
      securityGroupId: this.functions.id,
      prefixListId: gatewayEndpoint.prefixListId,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
    });
  }

  #allow(id: string, from: SecurityGroup, to: SecurityGroup, port: number): void {
    const rule = { ipProtocol: "tcp", fromPort: port, toPort: port };
    new VpcSecurityGroupEgressRule(this, `${id}-egress`, {
      ...rule,
      securityGroupId: from.id,
      referencedSecurityGroupId: to.id,
    });
    new VpcSecurityGroupIngressRule(this, `${id}-ingress`, {
      ...rule,
      securityGroupId: to.id,
      referencedSecurityGroupId: from.id,
    });
  }
}

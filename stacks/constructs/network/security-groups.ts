import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import type { Vpc } from "@cdktf/provider-aws/lib/vpc/index.js";
import type { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint/index.js";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { PortRange } from "../../environments.ts";

export interface SecurityGroupsProps {
  readonly vpc: Vpc;
  /**
   * TCP ports that the functions may reach at any address, for a database that has no private endpoint.
   *
   * @default the functions have no egress to the internet
   */
  readonly egressPorts?: PortRange;
}

/** Port of ElastiCache. */
export const cachePort = 6379;

/**
 * The security groups of the VPC and their rules.
 *
 * They allow only:
 *
 * - functions → cache, on the Redis port;
 * - functions → interface endpoints of AWS services, on 443;
 * - functions → S3, on 443: see {@link SecurityGroups.allowEgressToS3};
 * - functions → the internet, only on `egressPorts`.
 *
 * Each group names the other group rather than addresses. Security groups cost nothing.
 *
 * @example new SecurityGroups(this, "security-groups", { vpc: this.network.vpc });
 */
export class SecurityGroups extends Construct {
  readonly functions: SecurityGroup;
  readonly cache: SecurityGroup;
  readonly endpoints: SecurityGroup;

  constructor(scope: Construct, id: string, props: SecurityGroupsProps) {
    super(scope, id);
    const { vpc, egressPorts } = props;
    const stack = EcobeatStack.of(this);
    const group = (suffix: string, description: string) =>
      addSecurityGroup(this, suffix, { name: stack.resourceName(suffix), description, vpc });
    this.functions = group("functions", "Lambda functions");
    this.cache = group("cache", "ElastiCache nodes");
    this.endpoints = group("endpoints", "Interface endpoints of AWS services");

    allowTraffic(this, "functions-to-cache", this.functions, this.cache, cachePort);
    allowTraffic(this, "functions-to-endpoints", this.functions, this.endpoints, 443);
    if (egressPorts) {
      new VpcSecurityGroupEgressRule(this, "functions-to-internet", {
        securityGroupId: this.functions.id,
        description: "The database, whose addresses change",
        cidrIpv4: "0.0.0.0/0",
        ipProtocol: "tcp",
        ...egressPorts,
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
}

export interface SecurityGroupProps {
  readonly name: string;
  readonly description: string;
  readonly vpc: Vpc;
}

/** Adds a security group that can be replaced while it is in use. */
export const addSecurityGroup = (scope: Construct, id: string, props: SecurityGroupProps): SecurityGroup =>
  new SecurityGroup(scope, id, {
    // Terraform creates the new group before it deletes the old one, and names are unique.
    namePrefix: `${props.name}-`,
    description: props.description,
    vpcId: props.vpc.id,
    tags: { Name: props.name },
    lifecycle: { createBeforeDestroy: true },
  });

/** Lets one security group reach another on a TCP port, or on a range of ports. */
export function allowTraffic(
  scope: Construct,
  id: string,
  from: SecurityGroup,
  to: SecurityGroup,
  ports: number | PortRange,
): void {
  const range = typeof ports === "number" ? { fromPort: ports, toPort: ports } : ports;
  const rule = { ipProtocol: "tcp", ...range };
  new VpcSecurityGroupEgressRule(scope, `${id}-egress`, {
    ...rule,
    securityGroupId: from.id,
    referencedSecurityGroupId: to.id,
  });
  new VpcSecurityGroupIngressRule(scope, `${id}-ingress`, {
    ...rule,
    securityGroupId: to.id,
    referencedSecurityGroupId: from.id,
  });
}

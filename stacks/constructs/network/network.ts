import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group/index.js";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table/index.js";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association/index.js";
import { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import { Vpc } from "@cdktf/provider-aws/lib/vpc/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { NatGateway } from "./nat-gateway.ts";
import { subnetRanges } from "./subnet-ranges.ts";

export interface NetworkProps {
  /** Address range of the VPC, /16 to /20. */
  readonly cidr: string;
  /** Zones of the region. Each gets one private subnet. */
  readonly availabilityZones: readonly string[];
  /**
   * Whether private subnets reach the internet, through one NAT gateway with a fixed address.
   *
   * @default false
   */
  readonly nat?: boolean;
}

/**
 * A VPC with one private subnet in each availability zone. Without `nat` it has no route to the internet and no internet
 * gateway.
 *
 * Costs about $39 a month idle. That is the NAT gateway; the VPC itself is free.
 *
 * @example new Network(this, "network", { cidr: "10.20.0.0/16", availabilityZones: ["eu-west-1a", "eu-west-1b"] });
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly privateSubnets: readonly Subnet[];
  readonly privateRouteTable: RouteTable;
  /** The address from which the private subnets reach the internet, if they do. */
  readonly natAddress?: string;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const { cidr, availabilityZones, nat = false } = props;
    const { namePrefix: name } = EcobeatStack.of(this);
    const [publicRange, ...privateRanges] = subnetRanges(cidr, availabilityZones.length + 1);

    this.vpc = new Vpc(this, "vpc", {
      cidrBlock: cidr,
      enableDnsSupport: true,
      // Without it the private names of the interface endpoints do not resolve.
      enableDnsHostnames: true,
      tags: { Name: name },
    });
    // AWS creates the default security group with open rules. Terraform adopts it without rules, so that it allows nothing.
    new DefaultSecurityGroup(this, "default-security-group", { vpcId: this.vpc.id });

    this.privateRouteTable = new RouteTable(this, "private-routes", {
      vpcId: this.vpc.id,
      tags: { Name: `${name}-private` },
    });
    this.privateSubnets = availabilityZones.map((availabilityZone, index) => {
      const subnet = new Subnet(this, `private-${index}`, {
        vpcId: this.vpc.id,
        availabilityZone,
        cidrBlock: privateRanges[index]!,
        mapPublicIpOnLaunch: false,
        tags: { Name: `${name}-private-${availabilityZone}` },
      });
      new RouteTableAssociation(this, `private-${index}-routes`, {
        subnetId: subnet.id,
        routeTableId: this.privateRouteTable.id,
      });
      return subnet;
    });

    if (nat) {
      this.natAddress = new NatGateway(this, "nat-gateway", {
        vpc: this.vpc,
        availabilityZone: availabilityZones[0]!,
        cidr: publicRange!,
        privateRouteTable: this.privateRouteTable,
      }).address;
    }
  }
}

import { Eip } from "@cdktf/provider-aws/lib/eip/index.js";
import { InternetGateway } from "@cdktf/provider-aws/lib/internet-gateway/index.js";
import { NatGateway as AwsNatGateway } from "@cdktf/provider-aws/lib/nat-gateway/index.js";
import { Route } from "@cdktf/provider-aws/lib/route/index.js";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table/index.js";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association/index.js";
import { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import type { Vpc } from "@cdktf/provider-aws/lib/vpc/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";

export interface NatGatewayProps {
  readonly vpc: Vpc;
  /** Zone of the gateway. If the zone fails, the private subnets lose their egress. */
  readonly availabilityZone: string;
  /** Address range of the public subnet. */
  readonly cidr: string;
  /** Route table of the private subnets; it gets the default route. */
  readonly privateRouteTable: RouteTable;
}

/**
 * Egress to the internet for private subnets, from a fixed address and without ingress: one NAT gateway in its own public
 * subnet.
 *
 * Costs about $39 a month idle. Billed by the hour and by the gigabyte, and the public address by the hour.
 *
 * @example
 * new NatGateway(this, "nat-gateway", { vpc, availabilityZone: "eu-west-1a", cidr: "10.20.0.0/20", privateRouteTable });
 */
export class NatGateway extends Construct {
  /** The public address from which the private subnets are seen. */
  readonly address: string;

  constructor(scope: Construct, id: string, props: NatGatewayProps) {
    super(scope, id);
    const { vpc, availabilityZone, cidr, privateRouteTable } = props;
    const name = EcobeatStack.of(this).namePrefix;

    const internetGateway = new InternetGateway(this, "internet-gateway", { vpcId: vpc.id, tags: { Name: name } });
    const subnet = new Subnet(this, "public", {
      vpcId: vpc.id,
      availabilityZone,
      cidrBlock: cidr,
      mapPublicIpOnLaunch: false,
      tags: { Name: `${name}-public-${availabilityZone}` },
    });
    const publicRouteTable = new RouteTable(this, "public-routes", { vpcId: vpc.id, tags: { Name: `${name}-public` } });
    new RouteTableAssociation(this, "public-association", { subnetId: subnet.id, routeTableId: publicRouteTable.id });
    new Route(this, "public-default-route", {
      routeTableId: publicRouteTable.id,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: internetGateway.id,
    });

    const eip = new Eip(this, "address", {
      domain: "vpc",
      tags: { Name: `${name}-nat` },
      dependsOn: [internetGateway],
      // External access lists contain this address, Atlas's among them.
      lifecycle: { preventDestroy: true },
    });
    const gateway = new AwsNatGateway(this, "gateway", {
      allocationId: eip.id,
      subnetId: subnet.id,
      tags: { Name: name },
    });
    new Route(this, "private-default-route", {
      routeTableId: privateRouteTable.id,
      destinationCidrBlock: "0.0.0.0/0",
      natGatewayId: gateway.id,
    });
    this.address = eip.publicIp;
  }
}

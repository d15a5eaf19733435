import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint/index.js";
import { PrivatelinkEndpoint } from "@cdktf/provider-mongodbatlas/lib/privatelink-endpoint/index.js";
import { PrivatelinkEndpointService } from "@cdktf/provider-mongodbatlas/lib/privatelink-endpoint-service/index.js";
import type { Project } from "@cdktf/provider-mongodbatlas/lib/project/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { Network } from "../network/network.ts";
import { addSecurityGroup, allowTraffic } from "../network/security-groups.ts";
import { toAtlasRegion } from "./atlas-region.ts";

export interface AtlasPrivateLinkProps {
  readonly project: Project;
  readonly network: Network;
  /** The only security group with access. */
  readonly clients: SecurityGroup;
}

// Atlas assigns each node a port on the endpoint, anywhere in this range:
// https://www.mongodb.com/docs/atlas/security-private-endpoint/ (port ranges used for private endpoints)
const ports = { fromPort: 1024, toPort: 65_535 };

/**
 * AWS PrivateLink from the private subnets to the clusters of an Atlas project. Only the clients open connections.
 *
 * Costs about $31 a month idle. Billed by the hour in each availability zone and by the gigabyte.
 *
 * @example new AtlasPrivateLink(this, "private-link", { project, network, clients: securityGroups.functions });
 */
export class AtlasPrivateLink extends Construct {
  /** A cluster must depend on it, to have a private address. */
  readonly connection: PrivatelinkEndpointService;

  constructor(scope: Construct, id: string, props: AtlasPrivateLinkProps) {
    super(scope, id);
    const { network, clients } = props;
    const stack = EcobeatStack.of(this);
    const name = stack.resourceName("database");
    const projectId = props.project.id;

    const service = new PrivatelinkEndpoint(this, "service", {
      projectId,
      providerName: "AWS",
      region: toAtlasRegion(stack.region),
    });
    const group = addSecurityGroup(this, "group", {
      name,
      description: "Private endpoint of MongoDB Atlas",
      vpc: network.vpc,
    });
    allowTraffic(this, "clients", clients, group, ports);
    const endpoint = new VpcEndpoint(this, "endpoint", {
      vpcId: network.vpc.id,
      serviceName: service.endpointServiceName,
      vpcEndpointType: "Interface",
      // Atlas has public names that resolve to the endpoint's private addresses.
      privateDnsEnabled: false,
      subnetIds: network.privateSubnets.map((subnet) => subnet.id),
      securityGroupIds: [group.id],
      tags: { Name: name },
    });
    this.connection = new PrivatelinkEndpointService(this, "connection", {
      projectId,
      providerName: "AWS",
      privateLinkId: service.privateLinkId,
      endpointServiceId: endpoint.id,
    });
  }
}

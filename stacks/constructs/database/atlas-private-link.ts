import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint/index.js";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js";
import { PrivatelinkEndpoint } from "@cdktf/provider-mongodbatlas/lib/privatelink-endpoint/index.js";
import { PrivatelinkEndpointService } from "@cdktf/provider-mongodbatlas/lib/privatelink-endpoint-service/index.js";
import type { Project } from "@cdktf/provider-mongodbatlas/lib/project/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { Network } from "../network/network.ts";
import { toAtlasRegion } from "./atlas-region.ts";

export interface AtlasPrivateLinkProps {
  readonly project: Project;
  readonly network: Network;
  /** The only ones who may use it. */
  readonly clients: SecurityGroup;
}

// Atlas gives each node a port of its own on the endpoint, anywhere in this range:
// https://www.mongodb.com/docs/atlas/security-private-endpoint/ (port ranges used for private endpoints)
const ports = { fromPort: 1024, toPort: 65_535 };

/**
 * The way from the private subnets to the clusters of an Atlas project, without the internet: AWS PrivateLink. Connections
 * go one way, from the clients to Atlas.
 *
 * ```ts
 * new AtlasPrivateLink(this, "private-link", {
 *   project, network, clients: securityGroups.functions,
 * });
 * ```
 *
 * Costs about $31 a month idle. Billed by the hour in each availability zone and by the gigabyte.
 */
export class AtlasPrivateLink extends Construct {
  /** What a cluster must wait for, to have a private address. */
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
    const group = new SecurityGroup(this, "group", {
      // A new one is made before the old one goes, and two cannot have one name.
      namePrefix: `${name}-`,
      description: "Private endpoint of MongoDB Atlas",
      vpcId: network.vpc.id,
      tags: { Name: name },
      lifecycle: { createBeforeDestroy: true },
    });
    new VpcSecurityGroupEgressRule(this, "clients-egress", {
      ipProtocol: "tcp",
      ...ports,
      securityGroupId: clients.id,
      referencedSecurityGroupId: group.id,
    });
    new VpcSecurityGroupIngressRule(this, "clients-ingress", {
      ipProtocol: "tcp",
      ...ports,
      securityGroupId: group.id,
      referencedSecurityGroupId: clients.id,
    });
    const endpoint = new VpcEndpoint(this, "endpoint", {
      vpcId: network.vpc.id,
      serviceName: service.endpointServiceName,
      vpcEndpointType: "Interface",
      // Atlas has public names that stand for the endpoint's private addresses.
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

import {
  allResources,
  beingTagged,
  type DeployActionTable,
  networkReads,
  readWrite,
  type Scope,
  scope,
  taggedForEnvironment,
} from "./deploy-actions.ts";
import { passableRoles } from "./role-actions.ts";

const networkResources = scope("Network", "ec2", ({ accountId }) => [`arn:aws:ec2:*:${accountId}:*`]);
const existing = taggedForEnvironment(networkResources);
const created = beingTagged(networkResources);

/** IAM authorizes the tags of a new resource separately, with the action that creates it as context. */
const creationTagging: Scope = {
  ...networkResources,
  sid: "TagNewNetwork",
  conditions: () => ({
    StringEquals: {
      "ec2:CreateAction": [
        "AllocateAddress",
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "CreateFlowLogs",
        "CreateInternetGateway",
        "CreateNatGateway",
        "CreateRouteTable",
        "CreateSecurityGroup",
        "CreateSubnet",
        "CreateVpc",
        "CreateVpcEndpoint",
      ],
    },
  }),
};

/** A VPC has a default security group, which is created without tags. */
const untaggedSecurityGroups: Scope = {
  sid: "ClaimDefaultSecurityGroup",
  service: "ec2",
  resources: ({ accountId }) => [`arn:aws:ec2:*:${accountId}:security-group/*`],
  conditions: ({ environment }) => ({
    StringEquals: { "aws:RequestTag/environment": environment },
    Null: { "aws:ResourceTag/environment": "true" },
  }),
};

const tags = [
  [creationTagging, "CreateTags"],
  [existing, "CreateTags", "DeleteTags"],
] as const;

const securityGroupRule = (direction: "Egress" | "Ingress") => ({
  read: [[allResources, "ec2:DescribeSecurityGroupRules"]] as const,
  write: [
    ...tags,
    // The group exists, the rule is new.
    [existing, `AuthorizeSecurityGroup${direction}`, `RevokeSecurityGroup${direction}`],
    [existing, "ModifySecurityGroupRules"],
    [created, `AuthorizeSecurityGroup${direction}`],
  ] as const,
});

/** The network. AWS chooses the ids of its resources, so that only tags tell their environment. */
export const networkActions: DeployActionTable = {
  aws_default_security_group: readWrite(
    [allResources, "ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"],
    ...tags,
    [untaggedSecurityGroups, "CreateTags"],
    [existing, "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress"],
  ),
  aws_eip: readWrite(
    [allResources, "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute"],
    ...tags,
    [created, "AllocateAddress"],
    [existing, "ReleaseAddress"],
  ),
  aws_flow_log: readWrite(
    [allResources, "ec2:DescribeFlowLogs"],
    ...tags,
    [created, "CreateFlowLogs"],
    [existing, "CreateFlowLogs", "DeleteFlowLogs"],
    [passableRoles, "PassRole"],
  ),
  aws_internet_gateway: readWrite(
    [allResources, "ec2:DescribeInternetGateways"],
    ...tags,
    [created, "CreateInternetGateway"],
    [existing, "AttachInternetGateway", "DeleteInternetGateway", "DetachInternetGateway"],
  ),
  aws_nat_gateway: readWrite(
    [allResources, "ec2:DescribeNatGateways"],
    ...tags,
    [created, "CreateNatGateway"],
    [existing, "CreateNatGateway", "DeleteNatGateway"],
  ),
  aws_route: readWrite(
    [allResources, "ec2:DescribeRouteTables"],
    [existing, "CreateRoute", "DeleteRoute", "ReplaceRoute"],
  ),
  aws_route_table: readWrite(
    [allResources, "ec2:DescribeRouteTables"],
    ...tags,
    [created, "CreateRouteTable"],
    [existing, "CreateRouteTable", "DeleteRouteTable"],
  ),
  aws_route_table_association: readWrite(
    [allResources, "ec2:DescribeRouteTables"],
    [existing, "AssociateRouteTable", "DisassociateRouteTable"],
  ),
  aws_security_group: readWrite(
    [allResources, "ec2:DescribeSecurityGroups"],
    ...tags,
    // Terraform looks for users of a group or subnet before it deletes it.
    [allResources, "ec2:DescribeNetworkInterfaces"],
    [created, "CreateSecurityGroup"],
    // A new group allows all egress until Terraform removes that rule.
    [existing, "CreateSecurityGroup", "DeleteSecurityGroup", "RevokeSecurityGroupEgress"],
  ),
  aws_subnet: readWrite(
    [allResources, "ec2:DescribeSubnets"],
    ...tags,
    [allResources, "ec2:DescribeNetworkInterfaces"],
    [created, "CreateSubnet"],
    [existing, "CreateSubnet", "DeleteSubnet", "ModifySubnetAttribute"],
  ),
  aws_vpc: {
    read: [
      [
        allResources,
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeVpcs",
      ],
      [existing, "DescribeVpcAttribute"],
    ],
    write: [...tags, [created, "CreateVpc"], [existing, "DeleteVpc", "ModifyVpcAttribute"]],
  },
  aws_vpc_endpoint: {
    read: [
      [
        allResources,
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribePrefixLists",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeVpcEndpoints",
      ],
    ],
    write: [
      ...tags,
      [created, "CreateVpcEndpoint"],
      [existing, "CreateVpcEndpoint", "DeleteVpcEndpoints", "ModifyVpcEndpoint"],
      networkReads,
      // For private DNS names, in a zone of AWS.
      [allResources, "route53:AssociateVPCWithHostedZone"],
    ],
  },
  aws_vpc_security_group_egress_rule: securityGroupRule("Egress"),
  aws_vpc_security_group_ingress_rule: securityGroupRule("Ingress"),
};

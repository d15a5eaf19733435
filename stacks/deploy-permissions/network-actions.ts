import {
  allResources,
  beingTagged,
  type DeployActionTable,
  type Scope,
  scope,
  taggedForEnvironment,
} from "./deploy-actions.ts";
import { passableRoles } from "./role-actions.ts";

const networkResources = scope("Network", ({ accountId }) => [`arn:aws:ec2:*:${accountId}:*`]);
const existing = taggedForEnvironment(networkResources);
const created = beingTagged(networkResources);

/** Tags of what is being made are a request of their own to IAM, which names the action that makes it. */
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

/** A VPC comes with a security group that nobody has tagged. */
const untaggedSecurityGroups: Scope = {
  sid: "ClaimDefaultSecurityGroup",
  resources: ({ accountId }) => [`arn:aws:ec2:*:${accountId}:security-group/*`],
  conditions: ({ environment }) => ({
    StringEquals: { "aws:RequestTag/environment": environment },
    Null: { "aws:ResourceTag/environment": "true" },
  }),
};

const tags = [
  [creationTagging, "ec2:CreateTags"],
  [existing, "ec2:CreateTags", "ec2:DeleteTags"],
] as const;

const securityGroupRule = (direction: "Egress" | "Ingress") => ({
  read: [[allResources, "ec2:DescribeSecurityGroupRules"]] as const,
  write: [
    ...tags,
    // The group is there, the rule is made.
    [existing, `ec2:AuthorizeSecurityGroup${direction}`, `ec2:RevokeSecurityGroup${direction}`],
    [existing, "ec2:ModifySecurityGroupRules"],
    [created, `ec2:AuthorizeSecurityGroup${direction}`],
  ] as const,
});

/** The network. Its parts have ids that AWS makes up, so that tags alone say whose they are. */
export const networkActions: DeployActionTable = {
  aws_default_security_group: {
    read: [[allResources, "ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"]],
    write: [
      ...tags,
      [untaggedSecurityGroups, "ec2:CreateTags"],
      [existing, "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
    ],
  },
  aws_eip: {
    read: [[allResources, "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute"]],
    write: [...tags, [created, "ec2:AllocateAddress"], [existing, "ec2:ReleaseAddress"]],
  },
  aws_flow_log: {
    read: [[allResources, "ec2:DescribeFlowLogs"]],
    write: [
      ...tags,
      [created, "ec2:CreateFlowLogs"],
      [existing, "ec2:CreateFlowLogs", "ec2:DeleteFlowLogs"],
      [passableRoles, "iam:PassRole"],
    ],
  },
  aws_internet_gateway: {
    read: [[allResources, "ec2:DescribeInternetGateways"]],
    write: [
      ...tags,
      [created, "ec2:CreateInternetGateway"],
      [existing, "ec2:AttachInternetGateway", "ec2:DeleteInternetGateway", "ec2:DetachInternetGateway"],
    ],
  },
  aws_nat_gateway: {
    read: [[allResources, "ec2:DescribeNatGateways"]],
    write: [
      ...tags,
      [created, "ec2:CreateNatGateway"],
      [existing, "ec2:CreateNatGateway", "ec2:DeleteNatGateway"],
    ],
  },
  aws_route: {
    read: [[allResources, "ec2:DescribeRouteTables"]],
    write: [[existing, "ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute"]],
  },
  aws_route_table: {
    read: [[allResources, "ec2:DescribeRouteTables"]],
    write: [
      ...tags,
      [created, "ec2:CreateRouteTable"],
      [existing, "ec2:CreateRouteTable", "ec2:DeleteRouteTable"],
    ],
  },
  aws_route_table_association: {
    read: [[allResources, "ec2:DescribeRouteTables"]],
    write: [[existing, "ec2:AssociateRouteTable", "ec2:DisassociateRouteTable"]],
  },
  aws_security_group: {
    read: [[allResources, "ec2:DescribeSecurityGroups"]],
    write: [
      ...tags,
      // What still uses a group is looked for before the group goes.
      [allResources, "ec2:DescribeNetworkInterfaces"],
      [created, "ec2:CreateSecurityGroup"],
      // A new group lets everything out until Terraform takes that rule away.
      [existing, "ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup", "ec2:RevokeSecurityGroupEgress"],
    ],
  },
  aws_subnet: {
    read: [[allResources, "ec2:DescribeSubnets"]],
    write: [
      ...tags,
      [allResources, "ec2:DescribeNetworkInterfaces"],
      [created, "ec2:CreateSubnet"],
      [existing, "ec2:CreateSubnet", "ec2:DeleteSubnet", "ec2:ModifySubnetAttribute"],
    ],
  },
  aws_vpc: {
    read: [
      [
        allResources,
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeVpcs",
      ],
      [existing, "ec2:DescribeVpcAttribute"],
    ],
    write: [...tags, [created, "ec2:CreateVpc"], [existing, "ec2:DeleteVpc", "ec2:ModifyVpcAttribute"]],
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
      [created, "ec2:CreateVpcEndpoint"],
      [existing, "ec2:CreateVpcEndpoint", "ec2:DeleteVpcEndpoints", "ec2:ModifyVpcEndpoint"],
    ],
  },
  aws_vpc_security_group_egress_rule: securityGroupRule("Egress"),
  aws_vpc_security_group_ingress_rule: securityGroupRule("Ingress"),
};

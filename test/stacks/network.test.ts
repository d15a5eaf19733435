import type { Attributes, Stacks } from "../support/synthesize.ts";
import { sufficientEndpointPolicies } from "./rules/endpoints.ts";
import {
  flowLogs,
  noEgressByAddress,
  noIngressByAddress,
  noInlineRules,
  noInternetEgress,
  noPublicAddresses,
  onePortEach,
  reachableServices,
  replaceableGroups,
} from "./rules/network.ts";
import { changeStatement } from "./rules/policies.ts";
import { functionEgress } from "./rules/reachability.ts";
import { add, changeFirst, removeAll, resources } from "./rules/resources.ts";
import { allStacks, testRule } from "./rules/rule.ts";

const world = {
  security_group_id: "x",
  ip_protocol: "tcp",
  from_port: 443,
  to_port: 443,
  cidr_ipv4: "0.0.0.0/0",
};

/** Attributes of the first resource of a type that `foundation` has: the way to Atlas is an exception to some rules. */
const inFoundation = (stacks: Stacks, type: string): Attributes =>
  resources(stacks, type).find(({ stackName }) => stackName.endsWith("-foundation"))!.attributes;

/** The first rule that names a prefix list. */
const listed = (stacks: Stacks): Attributes =>
  resources(stacks, "aws_vpc_security_group_egress_rule").find(({ attributes }) => attributes.prefix_list_id)!
    .attributes;

describe("network of the stacks", () => {
  testRule(noIngressByAddress, {
    "a port open to the world": add("foundation", "aws_vpc_security_group_ingress_rule", world),
    "a port open to the world by IPv6": add("foundation", "aws_vpc_security_group_ingress_rule", {
      ...world,
      cidr_ipv4: undefined,
      cidr_ipv6: "::/0",
    }),
    "a rule for a group and an address": changeFirst("aws_vpc_security_group_ingress_rule", {
      cidr_ipv4: "10.0.0.0/8",
    }),
  });

  testRule(noEgressByAddress, {
    "a way to the world on another port": add(
      "staging-foundation",
      "aws_vpc_security_group_egress_rule",
      world,
    ),
    "the database's ports open where the table has no NAT": add(
      "production-foundation",
      "aws_vpc_security_group_egress_rule",
      {
        ...world,
        from_port: 27015,
        to_port: 27017,
      },
    ),
    "a way to S3 on another port": (stacks) => {
      listed(stacks).from_port = 80;
    },
    "another prefix list than that of S3": (stacks) => {
      listed(stacks).prefix_list_id = "pl-12345678";
    },
    "a way to S3 and to an address": (stacks) => {
      listed(stacks).cidr_ipv4 = "0.0.0.0/0";
    },
    "a way to S3 for another group": (stacks) => {
      listed(stacks).security_group_id = "${aws_security_group.security-groups_cache_48B32A7F.id}";
    },
    "the database's ports open for another group": (stacks) => {
      const [rule] = resources(stacks, "aws_vpc_security_group_egress_rule").filter(
        ({ attributes }) => attributes.cidr_ipv4,
      );
      rule!.attributes.security_group_id = "${aws_security_group.security-groups_cache_48B32A7F.id}";
    },
  });

  testRule(functionEgress, {
    ...Object.fromEntries(
      resources(allStacks(), "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule").map(
        ({ address, stackName, type, id }) => [
          `that ${address} is missing`,
          (stacks: Stacks) => {
            delete stacks[stackName]!.resource[type]![id];
          },
        ],
      ),
    ),
    "a way to another service of AWS": (stacks) => {
      inFoundation(stacks, "aws_vpc_endpoint").service_name = "com.amazonaws.eu-west-1.ec2";
    },
    "a way to the cache on another port": (stacks) => {
      inFoundation(stacks, "aws_vpc_security_group_egress_rule").from_port = 6380;
    },
  });

  testRule(onePortEach, {
    "a range of ports": (stacks) => {
      inFoundation(stacks, "aws_vpc_security_group_ingress_rule").to_port = 65_535;
    },
    "a range of ports to Atlas for others than the functions": (stacks) => {
      const [rule] = resources(stacks, "aws_vpc_security_group_ingress_rule").filter(
        ({ stackName }) => stackName === "ecobeat-production-database",
      );
      rule!.attributes.referenced_security_group_id = rule!.attributes.security_group_id;
    },
    "all protocols": changeFirst("aws_vpc_security_group_egress_rule", { ip_protocol: "-1" }),
  });

  testRule(noInlineRules, {
    "rules inside a group": changeFirst("aws_security_group", { ingress: [{ cidr_blocks: ["0.0.0.0/0"] }] }),
    "rules inside the default group": changeFirst("aws_default_security_group", {
      egress: [{ protocol: "-1" }],
    }),
    "a default group left as AWS makes it": removeAll("production-foundation", "aws_default_security_group"),
    "a rule of the old kind": add("foundation", "aws_security_group_rule", { type: "ingress" }),
  });

  testRule(replaceableGroups, {
    "a name that the new one would have too": changeFirst("aws_security_group", {
      name: "ecobeat-staging-functions",
    }),
    "an old one that goes first": changeFirst("aws_security_group", { lifecycle: undefined }),
  });

  testRule(noInternetEgress, {
    "an internet gateway": add("production-foundation", "aws_internet_gateway", {}),
    "a NAT gateway": add("production-foundation", "aws_nat_gateway", {}),
    "a route": add("production-foundation", "aws_route", { destination_cidr_block: "0.0.0.0/0" }),
    "a route inside a route table": changeFirst("aws_route_table", { route: [{ cidr_block: "0.0.0.0/0" }] }),
  });

  testRule(noPublicAddresses, {
    "a subnet with public addresses": changeFirst("aws_subnet", { map_public_ip_on_launch: true }),
  });

  testRule(reachableServices, {
    "a missing endpoint": (stacks) => {
      inFoundation(stacks, "aws_vpc_endpoint").service_name = "com.amazonaws.eu-west-1.ec2";
    },
    "an endpoint that no function calls": add("production-foundation", "aws_vpc_endpoint", {
      service_name: "com.amazonaws.eu-west-1.sts",
      vpc_endpoint_type: "Interface",
      private_dns_enabled: true,
      policy: "{}",
    }),
    "an endpoint that lets everything pass": (stacks) => {
      delete inFoundation(stacks, "aws_vpc_endpoint").policy;
    },
    "an endpoint without a private name": (stacks) => {
      inFoundation(stacks, "aws_vpc_endpoint").private_dns_enabled = false;
    },
  });

  testRule(sufficientEndpointPolicies, {
    ...Object.fromEntries(
      ["ssm:GetParameters", "kms:Sign", "kms:GetPublicKey", "s3:PutObject", "s3:ListBucket"].map((action) => [
        `no way for ${action}`,
        (stacks: Stacks) => {
          for (const { attributes } of resources(stacks, "aws_vpc_endpoint")) {
            attributes.policy = attributes.policy?.replace(`"${action}"`, '"x:Y"');
          }
        },
      ]),
    ),
    "a function that asks for more than passes": changeStatement("elasticache:Connect", {
      Action: ["ssm:GetParametersByPath"],
    }),
  });

  testRule(flowLogs, {
    "a VPC without a flow log": removeAll("production-foundation", "aws_flow_log"),
    "a flow log of what was refused alone": changeFirst("aws_flow_log", { traffic_type: "REJECT" }),
    "a flow log of another VPC": changeFirst("aws_flow_log", { vpc_id: "vpc-1" }),
  });
});

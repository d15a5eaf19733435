import type { Stacks } from "../support/synthesize.ts";
import {
  flowLogs,
  functionEgress,
  noEgressByAddress,
  noIngressByAddress,
  noInlineRules,
  noInternetEgress,
  noPublicAddresses,
  onePortEach,
  reachableServices,
  replaceableGroups,
} from "./rules/network.ts";
import { changeStatement, getRoleStatements, type Statement } from "./rules/policies.ts";
import {
  add,
  type Change,
  changeFirst,
  changeWhere,
  getStackEnvironment,
  type Resource,
  referenced,
  removeAll,
  replaceInAll,
  resources,
} from "./rules/resources.ts";
import { allStacks, type Rule, testRule } from "./rules/rule.ts";

/** The actions that a function's own code calls; those of another AWS service in its name need no endpoint. */
const getCalls = (stacks: Stacks, { stack, attributes }: Resource): readonly string[] =>
  getRoleStatements(stacks, referenced(stacks, stack, attributes.role))
    .filter(({ Effect, Condition }) => Effect === "Allow" && !Condition?.StringEquals?.["kms:ViaService"])
    .flatMap(({ Action = [] }) => Action);

/** Services that the code calls over the VPC's endpoints. */
const services = ["kms", "s3", "secretsmanager", "sqs", "ssm", "sts"];

/** Actions of backups. */
const backupActions = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"];

const sufficientEndpointPolicies: Rule = {
  name: "the endpoints allow what the functions may call of KMS, SSM, SQS and S3, and reading and writing backups",
  check: (stacks) =>
    resources(stacks, "aws_lambda_function", "aws_vpc").flatMap((caller) => {
      // Outside of the VPC, it needs no endpoint.
      if (caller.type !== "aws_vpc" && !caller.attributes.vpc_config) return [];
      const calls = caller.type === "aws_vpc" ? backupActions : getCalls(stacks, caller);
      const allowed = resources(stacks, "aws_vpc_endpoint")
        .filter(({ stack }) => getStackEnvironment(stack) === getStackEnvironment(caller.stack))
        .filter(({ attributes }) => attributes.policy)
        .flatMap(({ attributes }) =>
          (JSON.parse(attributes.policy).Statement as Statement[])
            .flatMap(({ Action = [] }) => Action)
            .filter((action) => attributes.service_name.endsWith(`.${action.split(":")[0]}`)),
        );
      return calls
        .filter((action) => services.includes(action.split(":")[0]!) && !allowed.includes(action))
        .map((action) => `${caller.address}: has no endpoint for ${action}`);
    }),
};

const world = { security_group_id: "x", ip_protocol: "tcp", from_port: 443, to_port: 443, cidr_ipv4: "0.0.0.0/0" };

const egressRule = "aws_vpc_security_group_egress_rule";
const ingressRule = "aws_vpc_security_group_ingress_rule";

/** Changes the first resource of a type in a foundation: the path to Atlas is an exception to some rules. */
const inFoundation = (type: string, change: Change) =>
  changeWhere(type, ({ stackName }) => stackName.endsWith("-foundation"), change);
const endpoint = (change: Change) => inFoundation("aws_vpc_endpoint", change);
const ruleForS3 = (change: Change) => changeWhere(egressRule, ({ attributes }) => attributes.prefix_list_id, change);
const otherGroup = { security_group_id: "${aws_security_group.security-groups_cache_48B32A7F.id}" };

describe("network of the stacks", () => {
  testRule(noIngressByAddress, {
    "a port open to the internet": add("foundation", ingressRule, world),
    "a port open to the internet by IPv6": add("foundation", ingressRule, {
      ...world,
      cidr_ipv4: undefined,
      cidr_ipv6: "::/0",
    }),
    "a rule for a group and an address": changeFirst(ingressRule, { cidr_ipv4: "10.0.0.0/8" }),
  });

  testRule(noEgressByAddress, {
    "internet egress on another port": add("staging-foundation", egressRule, world),
    "the database's ports open without `nat`": add("production-foundation", egressRule, {
      ...world,
      from_port: 27015,
      to_port: 27017,
    }),
    "egress to S3 on another port": ruleForS3({ from_port: 80 }),
    "another prefix list than that of S3": ruleForS3({ prefix_list_id: "pl-12345678" }),
    "egress to S3 and to an address": ruleForS3({ cidr_ipv4: "0.0.0.0/0" }),
    "egress to S3 for another group": ruleForS3(otherGroup),
    "the database's ports open for another group": changeWhere(
      egressRule,
      ({ attributes }) => attributes.cidr_ipv4,
      otherGroup,
    ),
  });

  testRule(functionEgress, {
    ...Object.fromEntries(
      resources(allStacks(), egressRule, ingressRule).map(({ address, stackName, type, id }) => [
        `that ${address} is missing`,
        (stacks: Stacks) => delete stacks[stackName]!.resource[type]![id],
      ]),
    ),
    "an endpoint of another AWS service": endpoint({ service_name: "com.amazonaws.eu-west-1.ec2" }),
    "another port of the cache": inFoundation(egressRule, { from_port: 6380 }),
  });

  testRule(onePortEach, {
    "a range of ports": inFoundation(ingressRule, { to_port: 65_535 }),
    "a range of ports to Atlas for others than the functions": changeWhere(
      ingressRule,
      ({ stackName }) => stackName === "ecobeat-production-database",
      (rule) => {
        rule.referenced_security_group_id = rule.security_group_id;
      },
    ),
    "all protocols": changeFirst(egressRule, { ip_protocol: "-1" }),
  });

  testRule(noInlineRules, {
    "rules inside a group": changeFirst("aws_security_group", { ingress: [{ cidr_blocks: ["0.0.0.0/0"] }] }),
    "rules inside the default group": changeFirst("aws_default_security_group", { egress: [{ protocol: "-1" }] }),
    "the default group of AWS": removeAll("production-foundation", "aws_default_security_group"),
    "a rule of the old resource type": add("foundation", "aws_security_group_rule", { type: "ingress" }),
  });

  testRule(replaceableGroups, {
    "a fixed name": changeFirst("aws_security_group", { name: "ecobeat-staging-functions" }),
    "a group that is deleted first": changeFirst("aws_security_group", { lifecycle: undefined }),
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
    "a missing endpoint": endpoint({ service_name: "com.amazonaws.eu-west-1.ec2" }),
    "an endpoint that no function calls": add("production-foundation", "aws_vpc_endpoint", {
      service_name: "com.amazonaws.eu-west-1.sts",
      vpc_endpoint_type: "Interface",
      private_dns_enabled: true,
      policy: "{}",
    }),
    "an endpoint that allows everything": endpoint({ policy: undefined }),
    "an endpoint without a private name": endpoint({ private_dns_enabled: false }),
  });

  testRule(sufficientEndpointPolicies, {
    ...Object.fromEntries(
      ["ssm:GetParameters", "kms:Sign", "kms:GetPublicKey", "s3:PutObject", "s3:ListBucket", "sqs:SendMessage"].map(
        (action) => [`no endpoint for ${action}`, replaceInAll("aws_vpc_endpoint", "policy", `"${action}"`, '"x:Y"')],
      ),
    ),
    "a function that calls more than the endpoints allow": changeStatement("elasticache:Connect", {
      Action: ["ssm:GetParametersByPath"],
    }),
  });

  testRule(flowLogs, {
    "a VPC without a flow log": removeAll("production-foundation", "aws_flow_log"),
    "a flow log of only rejected traffic": changeFirst("aws_flow_log", { traffic_type: "REJECT" }),
    "a flow log of another VPC": changeFirst("aws_flow_log", { vpc_id: "vpc-1" }),
  });
});

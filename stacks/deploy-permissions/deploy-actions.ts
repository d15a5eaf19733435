import type { PolicyConditions } from "../constructs/identity/policy-document.ts";

/** The environment that is deployed to. */
export interface DeployTarget {
  /** Prefix of the environment's names, such as `ecobeat-staging`. */
  readonly namePrefix: string;
  /** Value of the tag `environment` of all resources of the stacks. */
  readonly environment: string;
  readonly accountId: string;
  readonly region: string;
  /** ARN of the boundary of its roles. @default that of the environment with the prefix */
  readonly boundaryArn?: string;
  /** Environments whose parameters its stacks write. @default the environment alone */
  readonly parameterEnvironments?: readonly string[];
  /** Public domain name of the API; names of records are this one or below it. */
  readonly apiDomain: string;
}

/** Resources that actions are allowed on, as narrow as their service supports. */
export interface Scope {
  /** Names the statement after the resources. Letters only. */
  readonly sid: string;
  /** Prefix of the actions, such as `kms`. @default the actions have their prefixes */
  readonly service?: string;
  readonly resources: (target: DeployTarget) => readonly string[];
  /** @default none */
  readonly conditions?: (target: DeployTarget) => PolicyConditions;
}

/** Actions, and the resources that they are allowed on. Actions of the scope's own service have no prefix. */
export type Grant = readonly [scope: Scope, ...actions: string[]];

/** The full names of a grant's actions, such as `kms:CreateKey`. */
export const toFullActions = ([{ service }, ...actions]: Grant): string[] =>
  actions.map((action) => (action.includes(":") ? action : `${service}:${action}`));

/**
 * The actions that Terraform's provider needs for resources of one type. Besides the calls that it makes, AWS checks other
 * actions: tagging a new resource, and passing a role.
 */
export interface DeployActions {
  /** To read the resource, as each plan does. */
  readonly read: readonly Grant[];
  /** To create and change it, and to delete it if no data are lost with it. Only an administrator deletes data. */
  readonly write: readonly Grant[];
}

/** Actions of a type with one grant to read. */
export const readWrite = (read: Grant, ...write: readonly Grant[]): DeployActions => ({ read: [read], write });

/** By the type of the resource in Terraform. */
export type DeployActionTable = Readonly<Record<string, DeployActions>>;

/** For actions that support no narrower resource. */
export const allResources: Scope = { sid: "AllResources", resources: () => ["*"] };

/**
 * CloudWatch looks up one alarm among all, for some of its callers: https://github.com/mattclay/aws-terminator/pull/63
 */
export const allAlarms: Scope = {
  sid: "AllAlarms",
  service: "cloudwatch",
  resources: ({ accountId }) => [`arn:aws:cloudwatch:*:${accountId}:alarm:*`],
};

/** To read the network, which services that place resources in it do with the permissions of their caller. */
export const networkReads = [
  allResources,
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeSubnets",
  "ec2:DescribeVpcs",
] as const;

/**
 * API Gateway, ElastiCache and WAF create the delivery of a log with the permissions of their caller:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V1-CloudWatchLogs.html
 */
export const logDelivery = [
  allResources,
  "logs:CreateLogDelivery",
  "logs:DeleteLogDelivery",
  "logs:DescribeLogGroups",
  "logs:DescribeResourcePolicies",
  "logs:GetLogDelivery",
  "logs:ListLogDeliveries",
  "logs:PutResourcePolicy",
  "logs:UpdateLogDelivery",
] as const;

/** A scope of ARNs of one service, without conditions. */
export const scope = (sid: string, service: string, resources: Scope["resources"]): Scope => ({
  sid,
  service,
  resources,
});

/** A scope of the environment's resources of one service, in all regions, by their names. */
export const namedScope = (sid: string, service: string, toNames: (prefix: string) => readonly string[]): Scope =>
  scope(sid, service, ({ namePrefix, accountId }) =>
    toNames(namePrefix).map((name) => `arn:aws:${service}:*:${accountId}:${name}`),
  );

/** The same scope, only for resources of the environment's stacks, which all have its tag. */
export const taggedForEnvironment = (scope: Scope): Scope => ({
  ...scope,
  sid: `Tagged${scope.sid}`,
  conditions: ({ environment }) => ({ StringEquals: { "aws:ResourceTag/environment": environment } }),
});

/**
 * The same scope, except for resources of another environment. For calls that follow the creation of a resource within seconds,
 * from services that evaluate its tags only later: until then, the resource has no tag. Resources without a tag are not
 * protected.
 */
export const notOfOtherEnvironment = (scope: Scope): Scope => ({
  ...scope,
  sid: `Own${scope.sid}`,
  conditions: ({ environment }) => ({ StringEqualsIfExists: { "aws:ResourceTag/environment": environment } }),
});

/** The same scope, only for resources that the request tags for the environment. */
export const beingTagged = (scope: Scope): Scope => ({
  ...scope,
  sid: `New${scope.sid}`,
  conditions: ({ environment }) => ({ StringEquals: { "aws:RequestTag/environment": environment } }),
});

/** To tag the resources of a scope, and to remove tags. */
export const tagging = (scope: Scope): Grant => [scope, "TagResource", "UntagResource"];

import {
  createValidatedPolicy,
  type ValidatedPolicy,
  type ValidationError,
  validateIdentityPolicy,
} from "@cloud-copilot/iam-policy";
import { runSimulation, type Simulation } from "@cloud-copilot/iam-simulate";
import type { Attributes, Stacks } from "../../support/synthesize.ts";
import { getStackEnvironment, type Resource, resources } from "../rules/resources.ts";
import { allStacks } from "../rules/rule.ts";
import { getArn, resolveReferences } from "./resolve-references.ts";

/** A request of a role to AWS. */
export interface Request {
  /** Full name, such as `kms:Sign`. */
  readonly action: string;
  /** ARN, of the role's account if it names none; `*` for actions that support no resource. */
  readonly resource: string;
  /** Values of condition keys. @default none */
  readonly context?: Readonly<Record<string, string | string[]>>;
  /** Whether it comes through the VPC endpoint of the service, whose policy then counts too. @default false */
  readonly throughEndpoint?: boolean;
}

/** Types of the resources that a simulation reads, or a test changes. */
const simulatedTypes = [
  "aws_iam_policy",
  "aws_iam_role",
  "aws_iam_role_policy",
  "aws_iam_role_policy_attachment",
  "aws_kms_key",
  "aws_s3_bucket",
  "aws_s3_bucket_policy",
  "aws_vpc_endpoint",
];

let simulated: Stacks | undefined;

const mapValues = <T, U>(object: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));

/** What simulations read of the stacks, with all references resolved. A test may replace attributes in its copy. */
export function simulatedStacks(): Stacks {
  simulated ??= mapValues(resolveReferences(allStacks(), simulatedTypes), ({ terraform, provider, resource }) => {
    const kept = Object.entries(resource).filter(([type]) => simulatedTypes.includes(type));
    return { terraform, provider, resource: Object.fromEntries(kept) };
  });
  return mapValues(simulated, (stack) => ({
    ...stack,
    resource: mapValues(stack.resource, (byId) => mapValues(byId, (attributes) => ({ ...attributes }))),
  }));
}

/**
 * Whether IAM allows a request, by the policies of the role and of the resource.
 *
 * @param stacks as `simulatedStacks` returns them
 * @throws if AWS does not know the action, or not for the resource
 */
export async function isAllowed(stacks: Stacks, roleName: string, request: Request): Promise<boolean> {
  const role = findRole(stacks, roleName);
  const { accountId, region } = getStackEnvironment(role.stack);
  const { action, resource, context = {}, throughEndpoint = false } = request;
  const resourcePolicy = findResourcePolicy(stacks, request);
  const principal = getArn(role);
  const owner = findAccount(stacks, resource) ?? accountId;
  const simulation: Simulation = {
    request: {
      principal,
      action,
      resource: { resource, accountId: owner },
      contextVariables: {
        "aws:PrincipalAccount": accountId,
        "aws:PrincipalArn": principal,
        "aws:RequestedRegion": region,
        "aws:ResourceAccount": owner,
        "aws:SecureTransport": "true",
        ...context,
      },
    },
    identityPolicies: identityPolicies(stacks, role, action),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(resourcePolicy && { resourcePolicy }),
    ...boundaryPolicies(stacks, role, action),
    ...(throughEndpoint && { vpcEndpointPolicies: endpointPolicies(stacks, role, action.split(":")[0]!) }),
  };
  const result = await runSimulation(simulation, {});
  if (result.resultType === "error") {
    throw new Error(
      `AWS knows no request for ${action} on ${resource} (${result.errors.message}). The simulator checks requests ` +
        `and policies against AWS's own lists. Correct the request: ${JSON.stringify(result.errors)}`,
    );
  }
  return result.overallResult === "Allowed";
}

/** @throws if no stack has it */
export function findRole(stacks: Stacks, name: string): Resource {
  const role = resources(stacks, "aws_iam_role").find(({ attributes }) => attributes.name === name);
  if (!role) {
    throw new Error(`No stack has the role "${name}". Take a role of the stacks.`);
  }
  return role;
}

/** A policy as its author may write it. */
interface Policy {
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

interface PolicyStatement {
  readonly Action?: string | readonly string[];
}

/** Policies and their problems, by their text. */
const parsed = new Map<string, readonly [Policy, ValidationError[]]>();

/**
 * The statements of a policy that can decide on an action. The simulator compares the resources and conditions of all statements,
 * which would take most of its time.
 */
function toRelevant(policy: string, action: string): ValidatedPolicy {
  if (!parsed.has(policy)) parsed.set(policy, [JSON.parse(policy), validateIdentityPolicy(JSON.parse(policy))]);
  const [document, problems] = parsed.get(policy)!;
  const canMatch = (pattern: string) => action.toLowerCase().startsWith(pattern.split(/[*?]/)[0]!.toLowerCase());
  const Statement = [document.Statement].flat().filter(({ Action }) => !Action || [Action].flat().some(canMatch));
  return createValidatedPolicy({ ...document, Statement }, () => problems);
}

/** The inline policies of a role. */
export const getInlinePolicies = (stacks: Stacks, role: Resource): Attributes[] =>
  resources(stacks, "aws_iam_role_policy")
    .filter(({ stack, attributes }) => stack === role.stack && attributes.role === role.attributes.name)
    .map(({ attributes }) => attributes);

const identityPolicies = (stacks: Stacks, role: Resource, action: string) =>
  [...getInlinePolicies(stacks, role), ...getManagedPolicies(stacks, role)].map(({ name, policy }) => ({
    name,
    policy: toRelevant(policy, action),
  }));

/** The policies attached to a role. */
export function getManagedPolicies(stacks: Stacks, role: Resource): Attributes[] {
  const arns = resources(stacks, "aws_iam_role_policy_attachment")
    .filter(({ stack, attributes }) => stack === role.stack && attributes.role === role.attributes.name)
    .map(({ attributes }) => attributes.policy_arn);
  return resources(stacks, "aws_iam_policy")
    .filter((policy) => arns.includes(getArn(policy)))
    .map(({ attributes }) => attributes);
}

function boundaryPolicies(
  stacks: Stacks,
  { attributes }: Resource,
  action: string,
): Pick<Simulation, "permissionBoundaryPolicies"> {
  const arn = attributes.permissions_boundary;
  if (!arn) return {};
  const boundary = resources(stacks, "aws_iam_policy").find((policy) => getArn(policy) === arn);
  const policy = toRelevant(boundary!.attributes.policy, action);
  return { permissionBoundaryPolicies: [{ name: arn, policy }] };
}

const endpointPolicies = (stacks: Stacks, { stack }: Resource, service: string) =>
  resources(stacks, "aws_vpc_endpoint")
    .filter((endpoint) => getStackEnvironment(endpoint.stack) === getStackEnvironment(stack))
    .filter(({ attributes }) => attributes.service_name.endsWith(`.${service}`))
    .map(({ id, attributes }) => ({
      name: id,
      // To AWS both mean everyone. The simulator supports only the second.
      policy: JSON.parse(attributes.policy.replaceAll('"Principal":{"AWS":"*"}', '"Principal":"*"')),
    }));

/** The policy of a key or a bucket, or the trust policy of a role. */
function findResourcePolicy(stacks: Stacks, { action, resource }: Request): object | undefined {
  const bucket = /^arn:aws:s3:::([^/]+)/.exec(resource)?.[1];
  const holder = resources(stacks).find(
    (candidate) =>
      (candidate.type === "aws_s3_bucket_policy" && candidate.attributes.bucket === bucket) ||
      (candidate.type === "aws_kms_key" && getArn(candidate) === resource) ||
      (candidate.type === "aws_iam_role" && getArn(candidate) === resource && action.startsWith("sts:")),
  );
  const policy = holder?.attributes.assume_role_policy ?? holder?.attributes.policy;
  return policy && JSON.parse(policy);
}

/** The account of a resource: in its ARN, or of a bucket that of its stack. */
function findAccount(stacks: Stacks, arn: string): string | undefined {
  const bucket = /^arn:aws:s3:::([^/]+)/.exec(arn)?.[1];
  const owner = resources(stacks, "aws_s3_bucket").find(({ attributes }) => attributes.bucket === bucket);
  return owner ? getStackEnvironment(owner.stack).accountId : /^arn:aws:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1];
}

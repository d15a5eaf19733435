import { cacheName, parameterPath, parameters } from "../../../service/contract.ts";
import { environments } from "../../../stacks/environments/index.ts";
import type { Environment } from "../../../stacks/environments.ts";
import { cacheUserName } from "../../../stacks/names.ts";
import type { Stacks } from "../../support/synthesize.ts";
import { resources } from "../rules/resources.ts";
import { getArn, resolveReferences } from "./resolve-references.ts";
import { openKeyPolicies, openTrustPolicies } from "./role-changes.ts";
import type { Request } from "./simulation.ts";

/** A request, in words and as AWS sees it. */
export interface NamedRequest extends Request {
  readonly name: string;
}

/** A request that is refused. */
export interface DeniedRequest extends NamedRequest {
  /**
   * Each takes away one thing that alone refuses the request even to a role that was granted it.
   *
   * @default nothing does: the role lacks the grant, and that is all
   */
  readonly guards?: readonly ((stacks: Stacks) => void)[];
}

/** How IAM sees a key that is there to sign tokens. */
const signingKey = { "aws:ResourceTag/use": "jwt-signing" };
const rs256 = { "kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256", "kms:MessageType": "RAW" };

/** The requests that concern the functions of one environment. */
export class FunctionRequests {
  readonly #stacks: Stacks;
  readonly environment: Environment;

  constructor(stacks: Stacks, environment: Environment) {
    this.#stacks = resolveReferences(stacks);
    this.environment = environment;
  }

  /** What both functions need. */
  allowed(functionName: string): NamedRequest[] {
    const { name, region } = this.environment;
    const log = this.arn("logs", `log-group:/aws/lambda/ecobeat-${name}-${functionName}`);
    return [
      ...Object.values(parameters).map((parameter) => ({
        name: `read the parameter ${parameter}`,
        action: "ssm:GetParameters",
        resource: this.parameter(parameterPath(name, parameter)),
        throughEndpoint: true,
      })),
      {
        name: "have SSM decrypt a secret parameter",
        action: "kms:Decrypt",
        resource: this.key("data-key"),
        context: { "kms:ViaService": `ssm.${region}.amazonaws.com` },
      },
      {
        name: "read the public key of tokens",
        action: "kms:GetPublicKey",
        resource: this.key("signing-key"),
        context: signingKey,
        throughEndpoint: true,
      },
      {
        name: "connect to the cache",
        action: "elasticache:Connect",
        resource: this.arn("elasticache", `replicationgroup:${cacheName(name)}`),
      },
      {
        name: "be the cache's user of the service",
        action: "elasticache:Connect",
        resource: this.arn("elasticache", `user:${cacheUserName(name)}`),
      },
      { name: "write its log", action: "logs:PutLogEvents", resource: `${log}:log-stream:1` },
      { name: "write its traces", action: "xray:PutTraceSegments", resource: "*" },
      {
        name: "have Lambda make network interfaces",
        action: "ec2:CreateNetworkInterface",
        resource: this.arn("ec2", "network-interface/eni-1"),
      },
    ];
  }

  /** What `auth` alone does. */
  signing(): NamedRequest {
    return {
      name: "sign with the environment's key, by RS256",
      action: "kms:Sign",
      resource: this.key("signing-key"),
      context: { ...rs256, ...signingKey },
      throughEndpoint: true,
    };
  }

  /** The same for who is no signer: the key's own policy refuses it. */
  signingByNonSigner(): DeniedRequest {
    return {
      ...this.signing(),
      guards: [
        (stacks) =>
          openKeyPolicies(stacks, `ecobeat-${this.environment.name}-foundation`, this.environment.accountId),
      ],
    };
  }

  /** What the functions that serve requests may not do, beyond what no function may. */
  deniedToServe(): DeniedRequest[] {
    return [
      {
        name: "decrypt backups",
        action: "kms:Decrypt",
        resource: this.key("backups_key"),
        context: { "kms:ViaService": `s3.${this.environment.region}.amazonaws.com` },
      },
    ];
  }

  /** What no function may do. */
  denied(functionName: string): DeniedRequest[] {
    const { name, accountId } = this.environment;
    const other = Object.values(environments).find((each) => each.name !== name)!;
    const backupBucket = `arn:aws:s3:::ecobeat-${name}-backups-${accountId}`;
    const foundation = `ecobeat-${name}-foundation`;
    const openBackupBucket = (stacks: Stacks) => {
      delete stacks[foundation]!.resource.aws_s3_bucket_policy;
    };
    const openKeys = (stacks: Stacks) => openKeyPolicies(stacks, foundation, accountId);
    return [
      {
        name: "sign by another algorithm",
        action: "kms:Sign",
        resource: this.key("signing-key"),
        context: { ...rs256, ...signingKey, "kms:SigningAlgorithm": "RSASSA_PSS_SHA_256" },
        guards: [openKeys],
      },
      {
        name: "sign a digest, of which KMS cannot know what it stands for",
        action: "kms:Sign",
        resource: this.key("signing-key"),
        context: { ...rs256, ...signingKey, "kms:MessageType": "DIGEST" },
        guards: [openKeys],
      },
      {
        name: "sign with another key of the environment",
        action: "kms:Sign",
        resource: this.key("data-key"),
        context: rs256,
        guards: [openKeys],
      },
      {
        name: "sign with another environment's key",
        action: "kms:Sign",
        resource: this.key("signing-key", other),
        context: rs256,
        guards: [
          (stacks) => openKeyPolicies(stacks, `ecobeat-${other.name}-foundation`, accountId),
          removeBoundaries,
        ],
      },
      {
        name: "put anything into a stranger's bucket of a name like the backup bucket's",
        action: "s3:PutObject",
        resource: `arn:aws:s3:::ecobeat-${name}-backups-of-a-stranger/dumps/1`,
        context: { "aws:ResourceAccount": "999999999999" },
        guards: [removeBoundaries],
      },
      {
        name: "read a parameter that it does not name",
        action: "ssm:GetParameters",
        resource: this.parameter(`/ecobeat/${name}/another`),
      },
      {
        name: "read another environment's parameter, were it in the same account",
        action: "ssm:GetParameters",
        resource: this.parameter(parameterPath(other.name, parameters.refreshTokenPepper)),
        guards: [removeBoundaries],
      },
      {
        name: "change a parameter",
        action: "ssm:PutParameter",
        resource: this.parameter(parameterPath(name, parameters.jwtSigningKeys)),
        guards: [removeBoundaries],
      },
      {
        name: "decrypt by itself",
        action: "kms:Decrypt",
        resource: this.key("data-key"),
        guards: [openKeys],
      },
      { name: "read a backup", action: "s3:GetObject", resource: `${backupBucket}/1` },
      { name: "list backups", action: "s3:ListBucket", resource: backupBucket },
      {
        name: "delete a backup",
        action: "s3:DeleteObject",
        resource: `${backupBucket}/1`,
        guards: [openBackupBucket, removeBoundaries],
      },
      {
        name: "delete a version of a backup",
        action: "s3:DeleteObjectVersion",
        resource: `${backupBucket}/1`,
        guards: [openBackupBucket, removeBoundaries],
      },
      {
        name: "pass by the lock of a backup",
        action: "s3:BypassGovernanceRetention",
        resource: `${backupBucket}/1`,
        guards: [openBackupBucket, removeBoundaries],
      },
      {
        name: "shorten the lock of a backup",
        action: "s3:PutObjectRetention",
        resource: `${backupBucket}/1`,
        guards: [removeBoundaries],
      },
      {
        name: "open the backup bucket",
        action: "s3:PutBucketPolicy",
        resource: backupBucket,
        guards: [removeBoundaries],
      },
      {
        name: "make network interfaces from its code",
        action: "ec2:CreateNetworkInterface",
        resource: this.arn("ec2", "network-interface/eni-1"),
        context: {
          "lambda:SourceFunctionArn": this.arn("lambda", `function:ecobeat-${name}-${functionName}`),
        },
        guards: [(stacks) => allowFromCode(stacks, `ecobeat-${name}-service`)],
      },
      {
        name: "connect to another cache",
        action: "elasticache:Connect",
        resource: this.arn("elasticache", "replicationgroup:another"),
        guards: [removeBoundaries],
      },
      {
        name: "be another user of the cache",
        action: "elasticache:Connect",
        resource: this.arn("elasticache", `user:${cacheName(name)}-default`),
      },
      {
        name: "pass a role",
        action: "iam:PassRole",
        resource: `arn:aws:iam::${accountId}:role/ecobeat-${name}-auth`,
        guards: [removeBoundaries],
      },
      {
        name: "take a role",
        action: "sts:AssumeRole",
        resource: `arn:aws:iam::${accountId}:role/ecobeat-${name}-flow-log`,
        guards: [removeBoundaries, (stacks) => openTrustPolicies(stacks, foundation, accountId)],
      },
      {
        name: "call a function past the API",
        action: "lambda:InvokeFunction",
        resource: this.arn("lambda", `function:ecobeat-${name}-auth`),
      },
    ];
  }

  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${this.environment.region}:${this.environment.accountId}:${resource}`;
  }

  parameter(path: string): string {
    return this.arn("ssm", `parameter${path}`);
  }

  /** The key of the foundation whose id in Terraform begins so. */
  key(id: string, environment = this.environment): string {
    const key = resources(this.#stacks, "aws_kms_key").find(
      (each) => each.stackName === `ecobeat-${environment.name}-foundation` && each.id.startsWith(`${id}_`),
    );
    return getArn(key!);
  }
}

/** Takes the boundary from every role. */
export function removeBoundaries(stacks: Stacks): void {
  for (const { attributes } of resources(stacks, "aws_iam_role")) delete attributes.permissions_boundary;
}

function allowFromCode(stacks: Stacks, stackName: string): void {
  for (const policy of Object.values(stacks[stackName]!.resource.aws_iam_role_policy!)) {
    policy.policy = policy.policy.replaceAll('"Deny"', '"Allow"');
  }
}

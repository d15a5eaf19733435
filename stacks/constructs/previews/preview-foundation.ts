import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter/index.js";
import { Construct } from "constructs";
import { parameterPath, parameters, previewEnvironment, previewPrefix } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { previewCacheUserName, toMailQueueArn, toPreviewHostPrefix } from "../../names.ts";
import type { Cache } from "../cache/cache.ts";
import { adminManagedPath, toBoundaryArn, toBoundaryName } from "../identity/boundary-name.ts";
import { commonStatements } from "../identity/permissions-boundary.ts";
import { allow, type PolicyStatement, policyDocument } from "../identity/policy-document.ts";
import { SigningKey, signingConditions, signingKeys } from "../identity/signing-key.ts";

export interface PreviewFoundationProps {
  readonly cache: Cache;
}

/** ARN of the permissions boundary of the roles of all previews in an environment. */
export const toPreviewBoundaryArn = ({ environment, region, accountId }: EcobeatStack): string =>
  toBoundaryArn({ namePrefix: toPreviewHostPrefix(environment.name), region, accountId });

/**
 * What all previews of pull requests in an environment share: the key that signs their tokens, their parameters, and the maximum
 * permissions of their roles. With the environment's own key, the code of a pull request could sign tokens of its users.
 *
 * Billed by the month for the key.
 *
 * @example new PreviewFoundation(this, "previews", { cache: this.cache });
 */
export class PreviewFoundation extends Construct {
  constructor(scope: Construct, id: string, { cache }: PreviewFoundationProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { environment, region } = stack;
    const namePrefix = toPreviewHostPrefix(environment.name);
    new IamPolicy(this, "boundary", {
      name: toBoundaryName({ namePrefix, region }),
      path: adminManagedPath,
      description: "Maximum permissions of the roles of previews",
      policy: policyDocument(...toBoundaryStatements(stack)),
    });
    const signingKey = new SigningKey(this, "signing-key", {
      name: `${namePrefix}-jwt`,
      use: "preview-jwt-signing",
      signerRoleName: `${previewPrefix}-*-auth`,
    });
    const values = {
      [parameters.redisUrl]: cache.previewUrl!,
      // No rotation: when the key must change, every preview may lose its sessions.
      [parameters.jwtSigningKeys]: JSON.stringify({ current: signingKey.arn }),
    };
    for (const [name, value] of Object.entries(values)) {
      new SsmParameter(this, name, {
        name: parameterPath(previewEnvironment, name),
        type: "String",
        value,
        lifecycle: { preventDestroy: true },
      });
    }
  }
}

function toBoundaryStatements(stack: EcobeatStack): PolicyStatement[] {
  const { accountId, region, namePrefix, environment } = stack;
  const keys = signingKeys(stack, "preview-jwt-signing");
  return [
    allow(
      "Logs",
      [`arn:aws:logs:*:${accountId}:log-group:/aws/lambda/${previewPrefix}-*`],
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ),
    allow(
      "Parameters",
      [`arn:aws:ssm:*:${accountId}:parameter${parameterPath(previewEnvironment, "*")}`],
      "ssm:GetParameters",
    ),
    {
      sid: "DecryptParameters",
      actions: ["kms:Decrypt"],
      resources: keys.resources,
      conditions: { StringEquals: { "kms:ViaService": `ssm.${region}.amazonaws.com` } },
    },
    {
      sid: "ReadPublicKey",
      actions: ["kms:GetPublicKey"],
      resources: keys.resources,
      conditions: { StringEquals: keys.condition },
    },
    {
      sid: "Sign",
      actions: ["kms:Sign"],
      resources: keys.resources,
      conditions: { StringEquals: { ...signingConditions.StringEquals, ...keys.condition } },
    },
    allow(
      "Cache",
      [
        `arn:aws:elasticache:*:${accountId}:replicationgroup:${namePrefix}`,
        `arn:aws:elasticache:*:${accountId}:user:${previewCacheUserName(environment.name)}`,
      ],
      "elasticache:Connect",
    ),
    allow("Mails", [toMailQueueArn(environment)], "sqs:SendMessage"),
    {
      sid: "EncryptMails",
      actions: ["kms:Decrypt", "kms:GenerateDataKey"],
      resources: keys.resources,
      conditions: { StringEquals: { "kms:ViaService": `sqs.${region}.amazonaws.com` } },
    },
    ...commonStatements,
  ];
}

import type { PolicyStatement } from "./policy-document.ts";

/** An account as a principal: its IAM policies decide which of its roles have the permission. */
export const accountPrincipal = (accountId: string) => ({ AWS: `arn:aws:iam::${accountId}:root` });

/**
 * Statement of a key policy that lets an account manage a key but not use it. Signing or decrypting needs another statement.
 * Without this statement, no one could ever change the key again.
 */
export function keyAdministrationStatement(accountId: string): PolicyStatement {
  return {
    sid: "Administration",
    principals: accountPrincipal(accountId),
    actions: [
      "kms:DescribeKey",
      "kms:GetKeyPolicy",
      "kms:PutKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:EnableKeyRotation",
      "kms:DisableKeyRotation",
      "kms:ListKeyRotations",
      "kms:ListResourceTags",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:CreateAlias",
      "kms:UpdateAlias",
      "kms:DeleteAlias",
      "kms:ListGrants",
      "kms:RevokeGrant",
      "kms:EnableKey",
      "kms:DisableKey",
      "kms:UpdateKeyDescription",
      "kms:ScheduleKeyDeletion",
      "kms:CancelKeyDeletion",
    ],
    // In a key policy: the key itself.
    resources: ["*"],
  };
}

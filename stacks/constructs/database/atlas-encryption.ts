import { CloudProviderAccessAuthorization } from "@cdktf/provider-mongodbatlas/lib/cloud-provider-access-authorization/index.js";
import { CloudProviderAccessSetup } from "@cdktf/provider-mongodbatlas/lib/cloud-provider-access-setup/index.js";
import { EncryptionAtRest } from "@cdktf/provider-mongodbatlas/lib/encryption-at-rest/index.js";
import type { Project } from "@cdktf/provider-mongodbatlas/lib/project/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { EncryptionKey } from "../identity/encryption-key.ts";
import { accountPrincipal } from "../identity/key-administration.ts";
import { addServiceRole } from "../identity/service-role.ts";
import type { AtlasPrivateLink } from "./atlas-private-link.ts";
import { toAtlasRegion } from "./atlas-region.ts";

export interface AtlasEncryptionProps {
  readonly project: Project;
  /** Created before the key is used: it takes minutes, in which IAM learns the role of Atlas. */
  readonly privateLink: AtlasPrivateLink;
}

// https://www.mongodb.com/docs/atlas/security-aws-kms/ (required permissions)
const keyActions = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"];

/**
 * Encryption of an Atlas project's clusters and snapshots with our KMS key. Only Atlas can assume the role that uses the key,
 * and it checks the key every 15 minutes: disabling the key locks the data.
 *
 * Costs about $1.1 a month idle. Not for Flex clusters. Billed as a KMS key, by the month and by the request.
 *
 * @example new AtlasEncryption(this, "encryption", { project, privateLink });
 */
export class AtlasEncryption extends Construct {
  /** A cluster must depend on it, to be encrypted from its first byte. */
  readonly setting: EncryptionAtRest;

  constructor(scope: Construct, id: string, props: AtlasEncryptionProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { accountId } = stack;
    const name = stack.resourceName("database");
    const projectId = props.project.id;

    const key = new EncryptionKey(this, "key", {
      name,
      description: "Encrypts the database",
      users: [
        {
          sid: "Atlas",
          principals: accountPrincipal(accountId),
          actions: keyActions,
          conditions: { ArnEquals: { "aws:PrincipalArn": stack.toRoleArn(name) } },
        },
      ],
    });

    const access = new CloudProviderAccessSetup(this, "access", { projectId, providerName: "AWS" });
    const atlas = access.awsConfig.get(0);
    const { role, policy } = addServiceRole(this, {
      name,
      description: "Lets MongoDB Atlas use the database's key",
      trust: {
        sid: "Atlas",
        principals: { AWS: atlas.atlasAwsAccountArn },
        // Atlas uses one account for all customers; the external id belongs to this project only.
        conditions: { StringEquals: { "sts:ExternalId": atlas.atlasAssumedRoleExternalId } },
      },
      policyName: "use-key",
      permissions: [{ sid: "UseKey", actions: keyActions, resources: [key.arn] }],
    });
    const authorization = new CloudProviderAccessAuthorization(this, "authorization", {
      projectId,
      roleId: access.roleId,
      aws: { iamAssumedRoleArn: role.arn },
      dependsOn: [policy],
    });

    this.setting = new EncryptionAtRest(this, "setting", {
      projectId,
      awsKmsConfig: [
        {
          enabled: true,
          customerMasterKeyId: key.key.keyId,
          region: toAtlasRegion(stack.region),
          roleId: authorization.roleId,
        },
      ],
      // Atlas tests the key immediately, and the provider does not retry while IAM does not know the role (CANNOT_ASSUME_ROLE):
      // https://github.com/mongodb/terraform-provider-mongodbatlas/pull/4064
      dependsOn: [props.privateLink.connection],
      lifecycle: { preventDestroy: true },
    });
  }
}

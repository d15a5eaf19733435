import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint/index.js";
import { Construct } from "constructs";
import { parameterPath, previewEnvironment } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { toMailQueueArn } from "../../names.ts";
import type { BackupBucket } from "../backup/backup-bucket.ts";
import { type PolicyStatement, policyDocument } from "../identity/policy-document.ts";
import type { Network } from "./network.ts";

export interface ServiceEndpointsProps {
  readonly network: Network;
  readonly securityGroup: SecurityGroup;
  /** The only reachable bucket. */
  readonly backupBucket: BackupBucket;
}

/**
 * VPC endpoints for the AWS services that the functions call: interface endpoints for KMS, SSM and SQS, a gateway endpoint for S3. Each
 * endpoint policy allows only the functions' actions, and only for principals of this account: credentials of an attacker's
 * account cannot exfiltrate data.
 *
 * SES needs none: mails wait in a queue, and their sender is outside of the VPC.
 *
 * STS needs no endpoint: to authenticate by IAM, the driver signs a request to STS, and Atlas sends it.
 *
 * Costs about $72 a month idle. Interface endpoints are billed by the hour in each availability zone and by the
 * gigabyte; the gateway endpoint is free.
 *
 * @example
 * new ServiceEndpoints(this, "endpoints", {
 *   network, securityGroup: this.securityGroups.endpoints, backupBucket: this.backupBucket,
 * });
 */
export class ServiceEndpoints extends Construct {
  /** The gateway endpoint: its prefix list has S3's addresses. */
  readonly s3: VpcEndpoint;

  constructor(scope: Construct, id: string, props: ServiceEndpointsProps) {
    super(scope, id);
    const { network } = props;
    const { namePrefix: name, environment, region, accountId } = EcobeatStack.of(this);

    const policy = (statement: Pick<PolicyStatement, "actions" | "resources">) =>
      policyDocument({
        sid: "OwnAccount",
        // An account in `Principal` would mean only its root user:
        // https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
        principals: { AWS: "*" },
        conditions: { StringEquals: { "aws:PrincipalAccount": accountId } },
        ...statement,
      });

    const interfaces = {
      kms: policy({
        actions: ["kms:Sign", "kms:GetPublicKey"],
        resources: [`arn:aws:kms:${region}:${accountId}:key/*`],
      }),
      ssm: policy({
        actions: ["ssm:GetParameter", "ssm:GetParameters"],
        resources: [environment.name, ...(environment.previews ? [previewEnvironment] : [])].map(
          (owner) => `arn:aws:ssm:${region}:${accountId}:parameter${parameterPath(owner, "*")}`,
        ),
      }),
      sqs: policy({ actions: ["sqs:SendMessage"], resources: [toMailQueueArn(environment)] }),
    };
    for (const [service, servicePolicy] of Object.entries(interfaces)) {
      new VpcEndpoint(this, service, {
        vpcId: network.vpc.id,
        serviceName: `com.amazonaws.${region}.${service}`,
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        subnetIds: network.privateSubnets.map((subnet) => subnet.id),
        securityGroupIds: [props.securityGroup.id],
        policy: servicePolicy,
        tags: { Name: `${name}-${service}` },
      });
    }

    this.s3 = new VpcEndpoint(this, "s3", {
      vpcId: network.vpc.id,
      serviceName: `com.amazonaws.${region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: [network.privateRouteTable.id],
      policy: policy({
        actions: ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
        resources: [props.backupBucket.bucket.arn, `${props.backupBucket.bucket.arn}/*`],
      }),
      tags: { Name: `${name}-s3` },
    });
  }
}

import { expect } from "chai";
import {
  describeDeniedCalls,
  isAllowedByDeployRoles,
  parseCalls,
  toIamAction,
} from "../../../scripts/infra-test/api-calls.ts";

const log = [
  "2026-11-22T19:11:44.741Z [INFO]  provider: configuring client automatic mTLS",
  "2026-11-22T19:11:47.402Z [DEBUG] provider: HTTP Request Sent: rpc.system=aws-api rpc.service=STS rpc.method=GetCallerIdentity",
  "2026-11-22T19:11:47.407Z [DEBUG] provider: HTTP Request Sent: rpc.method=CreateLogGroup",
  "  http.request.body=",
  '  | {"logGroupName":"group"}',
  '   tf_resource_type=aws_cloudwatch_log_group rpc.service="CloudWatch Logs"',
  '2026-11-22T19:11:47.408Z [DEBUG] provider: HTTP Response Received: rpc.service="CloudWatch Logs" rpc.method=CreateLogGroup tf_resource_type=aws_cloudwatch_log_group',
  "2026-11-22T19:11:48.000Z [DEBUG] provider: setting endpoint: rpc.service=EC2 tf_resource_type=aws_vpc rpc.method=CreateVpc",
].join("\n");

const call = (service: string, operation: string, resourceType?: string) => ({ service, operation, resourceType });

describe("infrastructure test: the calls of the provider", () => {
  it("are read from its log, each once, also from entries of many lines", () => {
    expect(parseCalls(log)).to.deep.equal([
      call("STS", "GetCallerIdentity"),
      call("CloudWatch Logs", "CreateLogGroup", "aws_cloudwatch_log_group"),
      call("EC2", "CreateVpc", "aws_vpc"),
    ]);
    expect(parseCalls("")).to.deep.equal([]);
  });

  it("have the names that IAM gives them", () => {
    expect(toIamAction(call("CloudWatch Logs", "CreateLogGroup"))).to.equal("logs:CreateLogGroup");
    expect(toIamAction(call("Secrets Manager", "GetSecretValue"))).to.equal("secretsmanager:GetSecretValue");
    expect(toIamAction(call("S3", "HeadBucket"))).to.equal("s3:ListBucket");
    expect(toIamAction(call("S3", "GetBucketPolicy"))).to.equal("s3:GetBucketPolicy");
    expect(toIamAction(call("API Gateway", "PutMethod"))).to.equal("apigateway:PUT");
    expect(toIamAction(call("API Gateway", "UntagResource"))).to.equal("apigateway:DELETE");
  });

  const cases: readonly [Parameters<typeof isAllowedByDeployRoles>, boolean][] = [
    [[call("STS", "GetCallerIdentity"), "plan"], true],
    [[call("EC2", "DescribeVpcs", "aws_vpc"), "plan"], true],
    [[call("EC2", "CreateVpc", "aws_vpc"), "apply"], true],
    [[call("EC2", "CreateVpc", "aws_vpc"), "plan"], false],
    [[call("EC2", "CreateVpc", "aws_subnet"), "apply"], false],
    [[call("EC2", "CreateVpc"), "apply"], false],
    [[call("IAM", "CreatePolicy", "aws_iam_policy"), "apply"], true],
    [[call("IAM", "CreatePolicy", "aws_iam_policy"), "plan"], false],
    [[call("DynamoDB", "DescribeTable", "aws_dynamodb_table"), "plan"], false],
  ];
  const preview = { name: "ecobeat-pr-7-service" };
  const ofPreviews: typeof cases = [
    // One role for both phases.
    [[call("Lambda", "CreateFunction", "aws_lambda_function"), "plan", preview], true],
    [[call("API Gateway", "DeleteApiKey", "aws_api_gateway_api_key"), "apply", preview], true],
    [[call("WAFV2", "AssociateWebACL", "aws_wafv2_web_acl_association"), "apply", preview], false],
    [[call("EC2", "CreateVpc", "aws_vpc"), "apply", preview], false],
  ];
  for (const [[each, phase, stack], allowed] of [...cases, ...ofPreviews]) {
    it(`${allowed ? "pass" : "fail"}: ${each.operation} for ${each.resourceType} in the phase ${phase} of ${stack?.name ?? "a stack"}`, () => {
      expect(isAllowedByDeployRoles(each, phase, stack)).to.equal(allowed);
    });
  }

  it("are described with the missing action and its location", () => {
    expect(describeDeniedCalls([call("S3", "HeadBucket", "aws_s3_bucket")], "plan").join()).to.match(
      /HeadBucket of S3 for aws_s3_bucket .*plan role does not allow s3:ListBucket.*stacks\/deploy-permissions\.$/,
    );
  });
});

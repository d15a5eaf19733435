import { expect } from "chai";
import { findIn, policy } from "../plans.ts";

const github = "token.actions.githubusercontent.com";
const hcp = "app.terraform.io";

/** The finding about a policy that allows a new statement under a condition. */
function findingOf(statement: object, condition: object | null): string {
  const document = policy({ Effect: "Allow", ...statement, Condition: condition });
  const [finding, ...others] = findIn("aws_x", { policy: [policy(), document] });
  expect(others).to.deep.equal([]);
  return finding!;
}

const trusting = (issuer: string) => ({
  Action: "sts:AssumeRoleWithWebIdentity",
  Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${issuer}` },
});
const everyone = { Action: "sqs:SendMessage", Principal: "*", Resource: "queue" };
const administrator = { Action: "*", Resource: "*" };

const fitting: readonly (readonly [string, object, object | null])[] = [
  ["none", trusting(github), null],
  ["an empty one", trusting(github), {}],
  ["an empty operator", trusting(github), { StringLike: null }],
  ["an operator without a value", everyone, { StringLike: { "aws:PrincipalArn": [] } }],
  ["every repository", trusting(github), { StringLike: { [`${github}:sub`]: "repo:*" } }],
  ["every repository of such a name", trusting(github), { StringLike: { [`${github}:sub`]: "repo:*/ecobeat:*" } }],
  ["owners whose names start so", trusting(github), { StringLike: { [`${github}:sub`]: "repo:ecobeat*" } }],
  ["one pattern of several", trusting(github), { StringLike: { [`${github}:sub`]: ["repo:ecobeat/app:*", "repo:*"] } }],
  ["the audience alone", trusting(github), { StringEquals: { [`${github}:aud`]: "sts.amazonaws.com" } }],
  ["every workspace", trusting(hcp), { StringLike: { [`${hcp}:sub`]: "organization:*:project:ecobeat:*" } }],
  ["any subject of several", trusting(github), { "ForAnyValue:StringLike": { [`${github}:sub`]: "*" } }],
  [
    "any subject, or none",
    trusting(github),
    { "ForAllValues:StringLike": { [`${github}:sub`]: "repo:ecobeat/app:*" } },
  ],
  ["all but one subject", trusting(github), { StringNotLike: { [`${github}:sub`]: "repo:ecobeat/app:*" } }],
  ["every principal", everyone, { StringLike: { "aws:PrincipalArn": "*" } }],
  ["a role of any account", everyone, { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/deploy" } }],
  ["a role that may be in any account", everyone, { ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::12345*:role/a" } }],
  ["every account", everyone, { StringLike: { "aws:SourceAccount": "*" } }],
  ["every bucket", everyone, { ArnLike: { "aws:SourceArn": "arn:aws:s3:::*" } }],
  ["buckets whose names start so", everyone, { ArnLike: { "aws:SourceArn": "arn:aws:s3:::ecobeat-*" } }],
  ["an account, if there is one", everyone, { StringEqualsIfExists: { "aws:SourceAccount": "123456789012" } }],
  ["that there is an account", everyone, { Null: { "aws:SourceAccount": "false" } }],
  ["every address", everyone, { IpAddress: { "aws:SourceIp": "0.0.0.0/0" } }],
  ["every address of IPv6", everyone, { IpAddress: { "aws:SourceIp": ["10.0.0.0/8", "::/0"] } }],
  ["every address in halves", everyone, { IpAddress: { "aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"] } }],
  ["a tag that each account can set", everyone, { StringEquals: { "aws:PrincipalTag/team": "platform" } }],
  ["TLS", everyone, { Bool: { "aws:SecureTransport": "true" } }],
  ["TLS of an administrator", administrator, { Bool: { "aws:SecureTransport": "true" } }],
  ["any tag of an administrator", administrator, { StringLike: { "aws:ResourceTag/team": "*" } }],
];

const limiting: readonly (readonly [string, object, object])[] = [
  ["a repository", trusting(github), { StringLike: { [`${github}:sub`]: "repo:ecobeat/app:*" } }],
  ["an organization", trusting(github), { StringLike: { [`${github}:sub`]: "repo:ecobeat/*" } }],
  ["an environment", trusting(github), { StringEquals: { [`${github}:sub`]: "repo:ecobeat/app:environment:a" } }],
  ["an organization of HCP", trusting(hcp), { StringLike: { [`${hcp}:sub`]: "organization:ecobeat:project:*" } }],
  ["an audience of its own", trusting("id.example"), { StringEquals: { "id.example:aud": "ecobeat" } }],
  // The operator knows no wildcards: no principal has this name.
  ["an asterisk", everyone, { StringEquals: { "aws:PrincipalArn": "*" } }],
  ["an organization of AWS", everyone, { StringEquals: { "aws:PrincipalOrgID": "o-ecobeat" } }],
  ["a unit of it", everyone, { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-ecobeat/*/ou-a/*" } }],
  ["the roles of an account", everyone, { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::123456789012:role/*" } }],
  ["a topic in any region", everyone, { ArnLike: { "aws:SourceArn": "arn:aws:sns:*:123456789012:*" } }],
  ["a bucket", everyone, { ArnLike: { "aws:SourceArn": "arn:aws:s3:::ecobeat/*" } }],
  ["an address", everyone, { IpAddress: { "aws:SourceIp": "203.0.113.7/32" } }],
  [
    "one of two",
    everyone,
    { Null: { "aws:SourceArn": "false" }, StringEquals: { "aws:SourceAccount": "123456789012" } },
  ],
  ["a tag of the resource", administrator, { StringEquals: { "aws:ResourceTag/team": "platform" } }],
];

describe("a review takes as no condition one that everyone meets:", () => {
  for (const [title, statement, condition] of fitting) {
    it(title, () => expect(findingOf(statement, condition)).to.match(/^critical: allows more/));
  }
});

describe("a review takes as a condition", () => {
  for (const [title, statement, condition] of limiting) {
    it(title, () => expect(findingOf(statement, condition)).to.match(/^warning: allows more/));
  }
});

describe("a review shows of a condition", () => {
  const shown = (operator: string, key: string, value: string) =>
    findingOf(everyone, { [operator]: { [key]: value } }).replace(/^.* by `\*`/, "");

  for (const key of ["id.example:sub", "id.example:aud", "aws:PrincipalArn", "aws:SourceVpce", "aws:SourceIp"]) {
    it(`the values of ${key}`, () =>
      expect(shown("StringEquals", key, "of-us")).to.include(`\`${key}\` StringEquals \`of-us\``));
  }

  it("that it limits no one", () => {
    expect(shown("StringLike", "aws:PrincipalArn", "*")).to.equal(
      " if `aws:PrincipalArn` StringLike `*` (which limits no one)",
    );
  });

  for (const key of ["sts:ExternalId", "aws:Referer", "aws:RequestTag/secret"]) {
    it(`no value of ${key}`, () => {
      expect(shown("StringEquals", key, "hunter2"))
        .to.include(key)
        .and.not.include("hunter2");
    });
  }
});

describe("a review finds a function that everyone may call:", () => {
  for (const limit of [{}, { source_arn: "arn:aws:s3:::*" }, { source_account: "*" }, { principal_org_id: "o-*" }]) {
    it(JSON.stringify(limit), () => {
      const after = { principal: "*", action: "lambda:InvokeFunction", function_name: "api", ...limit };
      expect(findIn("aws_lambda_permission", "create", undefined, { after })[0]).to.match(/^critical: `\*` may/);
    });
  }
});

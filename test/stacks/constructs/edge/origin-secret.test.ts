import { expect } from "chai";
import { OriginSecret, OriginVerifyRule } from "../../../../stacks/constructs/edge/origin-secret.ts";
import type { EncryptionKey } from "../../../../stacks/constructs/identity/encryption-key.ts";
import { synthesizeConstructs } from "../../../support/construct-stack.ts";
import { expectCode } from "../../../support/errors.ts";
import type { Attributes } from "../../../support/synthesize.ts";

/** The templates of the secret and of the web ACL's rule, for a version of the secret. */
function templates(version?: number): { secret: Attributes; statement: Attributes } {
  const { resource } = synthesizeConstructs((scope) => {
    const secret = new OriginSecret(scope, "secret", {
      encryptionKey: { arn: "arn:key" } as EncryptionKey,
      ...(version !== undefined && { version }),
    });
    new OriginVerifyRule(scope, "rule", { secret });
  });
  const stacks = Object.values<Attributes>(resource.aws_cloudformation_stack!);
  const [secret, group] = ["origin", "origin-verify-rule"].map(
    (name) => JSON.parse(stacks.find((stack) => stack.name === `ecobeat-staging-${name}`)!.template_body).Resources,
  );
  return { secret, statement: group.Group.Properties.Rules[0].Statement.NotStatement.Statement };
}

const value = (version: number) => `{{resolve:secretsmanager:ecobeat-staging-origin-${version}:SecretString}}`;

describe("OriginSecret", () => {
  it("is the only one that the web ACL accepts in version 1", () => {
    const { secret, statement } = templates();
    expect(Object.keys(secret)).to.deep.equal(["Secret1"]);
    expect(statement.ByteMatchStatement.SearchString).to.equal(value(1));
  });

  it("is accepted together with the previous version only", () => {
    for (const version of [2, 3]) {
      const { secret, statement } = templates(version);
      expect(Object.keys(secret)).to.deep.equal([`Secret${version}`]);
      expect(secret[`Secret${version}`].Properties.Name).to.equal(`ecobeat-staging-origin-${version}`);
      const accepted = statement.OrStatement.Statements.map(
        ({ ByteMatchStatement }: Attributes) => ByteMatchStatement.SearchString,
      );
      expect(accepted).to.deep.equal([value(version), value(version - 1)]);
    }
  });

  it("is retained when the next version replaces it, because the web ACL still accepts it", () => {
    expect(templates(2).secret.Secret2.DeletionPolicy).to.equal("Retain");
  });

  for (const version of [0, 1.5, -1]) {
    it(`throws origin-secret-version-invalid for ${version}`, () =>
      expectCode("origin-secret-version-invalid", () => templates(version)));
  }
});

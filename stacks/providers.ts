/**
 * The exact version of each provider, by its name: a new release changes nothing until a pull request raises the version.
 * CONTRIBUTING.md says how.
 */
export const providerVersions: Readonly<Record<string, string>> = {
  // Newer than its bindings, which lack the TLS policy of a REST API. It waits until API Gateway has applied a policy:
  // https://github.com/hashicorp/terraform-provider-aws/pull/49205
  aws: "6.66.0",
  // That of its bindings. Version 2.0 describes clusters differently.
  mongodbatlas: "1.41.1",
  // That of its bindings.
  tfe: "0.71.0",
};

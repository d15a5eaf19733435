/**
 * Replaces `fromNodeProviderChain` of the package `@aws-sdk/credential-providers` in the archives: `scripts/build/bundle.ts`
 * substitutes this module for that package.
 *
 * The driver of MongoDB refuses `MONGODB-AWS` when it cannot load the package, even with an `AWS_CREDENTIAL_PROVIDER`. It then
 * uses nothing of the package: https://github.com/mongodb/node-mongodb-native/pull/4659
 * The functions always give the driver such a provider. The package would add AWS clients that no function uses.
 *
 * @throws always: the driver calls it only without an `AWS_CREDENTIAL_PROVIDER`
 */
export function fromNodeProviderChain(): never {
  throw new Error(
    "The archive does not search for AWS credentials: give the driver an AWS_CREDENTIAL_PROVIDER, as service/cloud/backends.ts does.",
  );
}

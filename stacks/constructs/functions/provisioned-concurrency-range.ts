/** How many execution environments of a function are kept ready. */
export interface ProvisionedConcurrencyRange {
  /** Ready at all times, at least 1. */
  readonly minimum: number;
  /** The most that scaling adds up to; not above what the function has reserved. */
  readonly maximum: number;
  /** Percent of them that are busy, on average over three minutes, before there are to be more. From 10 to 90. */
  readonly utilizationPercent: number;
}

/** @throws when Lambda or Application Auto Scaling does not know the range, or it is more than a function has reserved */
export function checkRange(
  { name, reservedConcurrency }: { readonly name: string; readonly reservedConcurrency: number },
  { minimum, maximum, utilizationPercent }: ProvisionedConcurrencyRange,
): void {
  if (![minimum, maximum].every(Number.isInteger) || minimum < 1 || maximum < minimum) {
    throw new Error(
      `The function "${name}" is to have from ${minimum} to ${maximum} execution environments ready. Lambda keeps whole ` +
        `ones, and the least may not be above the most. Choose at least 1, and a maximum not below it.`,
    );
  }
  // https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
  if (maximum > reservedConcurrency) {
    throw new Error(
      `The function "${name}" is to have up to ${maximum} execution environments ready, and ${reservedConcurrency} are ` +
        `reserved for it. Lambda keeps no more ready than may run at once. Reserve more, or keep fewer ready.`,
    );
  }
  // As AWS's own CDK checks: https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-lambda/lib/alias.ts
  if (!(utilizationPercent >= 10 && utilizationPercent <= 90)) {
    throw new Error(
      `The function "${name}" is to keep ${utilizationPercent} % of its ready execution environments busy. Application ` +
        `Auto Scaling aims at 10 to 90 % for Lambda. Choose a share in that range.`,
    );
  }
}

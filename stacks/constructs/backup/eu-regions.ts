// The regions of AWS in member states; eu-west-2 and eu-central-2 are not:
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
const regionsInTheUnion = [
  "eu-central-1",
  "eu-north-1",
  "eu-south-1",
  "eu-south-2",
  "eu-west-1",
  "eu-west-3",
];

/** Regions for copies of what lies in one: when it fails, and without the data leaving the European Union. */
export const getOtherEuRegions = (region: string): string[] =>
  regionsInTheUnion.filter((other) => other !== region);

// AWS regions in member states; eu-west-2 and eu-central-2 are outside:
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
const euRegions = ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"];

/** The other regions of the European Union, for copies that survive a region's failure. */
export const getOtherEuRegions = (region: string): string[] => euRegions.filter((other) => other !== region);

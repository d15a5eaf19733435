/** Atlas's name of an AWS region: `EU_WEST_1` for `eu-west-1`. */
export const toAtlasRegion = (region: string): string => region.toUpperCase().replaceAll("-", "_");

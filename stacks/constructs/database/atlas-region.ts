/** Atlas's name of a region of AWS: `EU_WEST_1` for `eu-west-1`. */
export const toAtlasRegion = (region: string): string => region.toUpperCase().replaceAll("-", "_");

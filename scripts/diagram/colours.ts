/** A colour on light and on dark paper. */
export interface Colour {
  readonly light: string;
  readonly dark: string;
}

/**
 * Colours of text and surfaces. Each element has the light colour as an attribute, which every renderer reads: librsvg, and so
 * many editors and converters to PDF, knows neither `var()` nor `@media`.
 */
export const surfaces = {
  paper: { light: "#ffffff", dark: "#0d1117" },
  ink: { light: "#1f2328", dark: "#e6edf3" },
  soft: { light: "#59636e", dark: "#9da7b1" },
  card: { light: "#f3f5f7", dark: "#1c232c" },
  edge: { light: "#8c959f", dark: "#6e7781" },
} as const satisfies Record<string, Colour>;

/** Colours of lines, more than boxes of a column have lines. */
export const lineColours: readonly Colour[] = [
  { light: "#1f6fc4", dark: "#6cb2ff" },
  { light: "#b8541a", dark: "#f0965a" },
  { light: "#1f7a4a", dark: "#5fd08c" },
  { light: "#7a48ad", dark: "#c39bf0" },
  { light: "#b03060", dark: "#ff8fb0" },
  { light: "#6b6b12", dark: "#d6d06a" },
  { light: "#0f7a7a", dark: "#5fd3d3" },
];

type Surface = keyof typeof surfaces;

/** Attributes of an element that a surface's colour fills. */
export const fill = (surface: Surface): string => `class="${surface}" fill="${surfaces[surface].light}"`;

/** Attributes of an element that a line's colour draws or fills, with other classes. */
export const paintLine = (attribute: "fill" | "stroke", index: number, classes = ""): string =>
  `class="${`${classes} ${attribute}-${index}`.trim()}" ${attribute}="${lineColours[index]!.light}"`;

/** The dark colours, which override the attributes where a renderer knows the reader's preference. */
export const darkStyle = `@media (prefers-color-scheme: dark) { ${[
  ...Object.entries(surfaces).map(([name, { dark }]) => `.${name} { fill: ${dark} }`),
  `.card { stroke: ${surfaces.edge.dark} }`,
  `.halo { stroke: ${surfaces.paper.dark} }`,
  ...lineColours.map(({ dark }, index) => `.stroke-${index} { stroke: ${dark} } .fill-${index} { fill: ${dark} }`),
].join(" ")} }`;

/** One figure of a measurement. */
export interface Row {
  what: string;
  figure: string;
  /** What is asked of it, in words. */
  target?: string;
  isMet?: boolean;
}

/** One measurement. */
export interface Section {
  title: string;
  /** How it was measured, where a figure alone would mislead. */
  note?: string;
  rows: Row[];
}

/** A section as an aligned table. */
export function formatSection({ title, note, rows }: Section): string {
  const whatWidth = Math.max(...rows.map(({ what }) => what.length));
  const figureWidth = Math.max(...rows.map(({ figure }) => figure.length));
  const lines = rows.map(({ what, figure, target, isMet }) => {
    const mark = isMet === undefined ? "" : isMet ? "met" : "MISSED";
    return `  ${what.padEnd(whatWidth)}  ${figure.padStart(figureWidth)}  ${target ?? ""}  ${mark}`.trimEnd();
  });
  return [title, ...(note ? [`  ${note}`] : []), ...lines].join("\n");
}

export const formatMilliseconds = (value: number): string => `${value.toFixed(1)} ms`;

export const formatMicroseconds = (value: number): string => `${(value * 1000).toFixed(1)} us`;

export const formatKilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

export const formatMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** A ratio with its limit. */
export function toRatioRow(
  what: string,
  value: number,
  limit: number,
  kind: "target" | "aim" = "target",
): Row {
  return {
    what,
    figure: `${value.toFixed(2)} x`,
    target: `${kind} <= ${limit} x`,
    isMet: value <= limit,
  };
}

/** One figure of a measurement. */
export interface Row {
  what: string;
  figure: string;
  /** What is asked of it, in words. */
  target?: string;
  met?: boolean;
}

/** One measurement. */
export interface Section {
  title: string;
  /** How it was measured, where a figure alone would mislead. */
  note?: string;
  rows: Row[];
}

/** A section as an aligned table. */
export function format({ title, note, rows }: Section): string {
  const whatWidth = Math.max(...rows.map(({ what }) => what.length));
  const figureWidth = Math.max(...rows.map(({ figure }) => figure.length));
  const lines = rows.map(({ what, figure, target, met }) => {
    const mark = met === undefined ? "" : met ? "met" : "MISSED";
    return `  ${what.padEnd(whatWidth)}  ${figure.padStart(figureWidth)}  ${target ?? ""}  ${mark}`.trimEnd();
  });
  return [title, ...(note ? [`  ${note}`] : []), ...lines].join("\n");
}

export const milliseconds = (value: number): string => `${value.toFixed(1)} ms`;

export const microseconds = (value: number): string => `${(value * 1000).toFixed(1)} us`;

export const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** A ratio with its limit. */
export function ratio(what: string, value: number, limit: number, kind: "target" | "aim" = "target"): Row {
  return {
    what,
    figure: `${value.toFixed(2)} x`,
    target: `${kind} <= ${limit} x`,
    met: value <= limit,
  };
}

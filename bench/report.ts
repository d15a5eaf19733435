/** One value of a measurement. */
export interface Row {
  label: string;
  value: string;
  /** The target, in words. */
  target?: string;
  isMet?: boolean;
}

/** One measurement. */
export interface Section {
  title: string;
  /** The method, where a value alone would mislead. */
  note?: string;
  rows: Row[];
}

/** A section as an aligned table. */
export function formatSection({ title, note, rows }: Section): string {
  const labelWidth = Math.max(...rows.map(({ label }) => label.length));
  const valueWidth = Math.max(...rows.map(({ value }) => value.length));
  const lines = rows.map(({ label, value, target, isMet }) => {
    const mark = isMet === undefined ? "" : isMet ? "met" : "MISSED";
    return `  ${label.padEnd(labelWidth)}  ${value.padStart(valueWidth)}  ${target ?? ""}  ${mark}`.trimEnd();
  });
  return [title, ...(note ? [`  ${note}`] : []), ...lines].join("\n");
}

export const formatMilliseconds = (value: number): string => `${value.toFixed(1)} ms`;

export const formatMicroseconds = (value: number): string => `${(value * 1000).toFixed(1)} us`;

export const formatKilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

export const formatMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** A ratio with its limit. An aim is a target that is not reached yet. */
export const toRatioRow = (label: string, ratio: number, limit: number, kind: "target" | "aim" = "target"): Row => ({
  label,
  value: `${ratio.toFixed(2)} x`,
  target: `${kind} <= ${limit} x`,
  isMet: ratio <= limit,
});

/** A value that must stay below a limit. */
export const toLimitRow = (label: string, value: number, limit: number, format: (value: number) => string): Row => ({
  label,
  value: format(value),
  target: `target < ${format(limit)}`,
  isMet: value < limit,
});

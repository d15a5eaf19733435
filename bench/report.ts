/** One value of a measurement. */
export interface Row {
  label: string;
  value: string;
  /** What it is compared with, and the value of that. */
  peer?: string;
  /** Of the value to that of the peer. */
  ratio?: string;
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
  const cells = rows.map(({ label, value, peer = "", ratio = "", target = "", isMet }) => {
    const mark = isMet === undefined ? "" : isMet ? "met" : "MISSED";
    return [label, value, peer, ratio, target, mark];
  });
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) => {
    const aligned = row.map((cell, column) =>
      column === 1 ? cell.padStart(widths[1]!) : cell.padEnd(widths[column]!),
    );
    return `  ${aligned.filter((_, column) => widths[column]! > 0).join("  ")}`.trimEnd();
  });
  return [title, ...(note ? [`  ${note}`] : []), ...lines].join("\n");
}

export const formatMilliseconds = (value: number): string => `${value.toFixed(1)} ms`;

export const formatMicroseconds = (value: number): string => `${(value * 1000).toFixed(1)} µs`;

export const formatRatio = (ratio: number): string => `${ratio.toFixed(2)} x`;

export const formatKilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

export const formatMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/**
 * A value next to that of a peer that does the same work, measured in turns.
 * @param limit what the ratio of the value to the peer's must be; @default there is no target
 */
export function toPeerRow(
  label: string,
  value: number,
  peer: { name: string; value: number },
  format: (value: number) => string,
  limit?: { atMost: number } | { atLeast: number },
): Row {
  const ratio = value / peer.value;
  const row = { label, value: format(value), peer: `${peer.name}: ${format(peer.value)}`, ratio: formatRatio(ratio) };
  if (!limit) return row;
  return "atMost" in limit
    ? { ...row, target: `target <= ${limit.atMost} x`, isMet: ratio <= limit.atMost }
    : { ...row, target: `target >= ${limit.atLeast} x`, isMet: ratio >= limit.atLeast };
}

/** A ratio with its limit. An aim is a target that is not reached yet. */
export const toRatioRow = (label: string, ratio: number, limit: number, kind: "target" | "aim" = "target"): Row => ({
  label,
  value: formatRatio(ratio),
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

import type { Arrow } from "./arrows.ts";
import { type Box, type Lane, lanes } from "./boxes.ts";

/** In pixels. */
export const boxSize = { width: 156, height: 46, gap: 22 };
export const columnWidth = 236;
export const margin = 34;
const top = 96;
const trackWidth = 13;
const middle = boxSize.height / 2;

export const columns = lanes.filter((lane) => lane !== "operations");

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The lines into one box. They share a vertical track in front of it, and so a colour. */
export interface LineGroup {
  readonly to: Box;
  /** Number of the colour: no two groups in front of one column have the same. */
  readonly colour: number;
  readonly lines: readonly { readonly arrow: Arrow; readonly path: string }[];
  /** Where a line joins another one of the group; lines that only cross have none. */
  readonly junctions: readonly Point[];
}

/** Where the boxes and lines of a diagram are. */
export class Layout {
  readonly positions: ReadonlyMap<Box, Point>;
  readonly groups: readonly LineGroup[];
  /** The y of the heading above the row of operations. */
  readonly operationsHeading: number;
  readonly width = margin * 2 + (columns.length - 1) * columnWidth + boxSize.width;
  /** The y below all boxes. */
  readonly bottom: number;
  readonly #arrows: readonly Arrow[];

  /** @param boxes those of each lane from top to bottom, see {@link sortBoxes} */
  constructor(boxes: readonly Box[], arrows: readonly Arrow[]) {
    const rows = Math.max(...columns.map((lane) => boxes.filter((one) => one.lane === lane).length));
    const rowHeight = boxSize.height + boxSize.gap;
    const below = top + rows * rowHeight + 34;
    const toPosition = (one: Box): Point => {
      const index = boxes.filter(({ lane }) => lane === one.lane).indexOf(one);
      return one.lane === "operations"
        ? {
            x: margin + (index % columns.length) * columnWidth,
            y: below + Math.floor(index / columns.length) * rowHeight,
          }
        : { x: margin + lanes.indexOf(one.lane) * columnWidth, y: top + index * rowHeight };
    };
    this.#arrows = arrows;
    this.positions = new Map(boxes.map((one) => [one, toPosition(one)]));
    this.operationsHeading = below - 14;
    this.bottom = Math.max(...[...this.positions.values()].map(({ y }) => y)) + boxSize.height;
    const targets = boxes.filter((one) => arrows.some(({ to }) => to === one));
    this.groups = targets.map((to) => this.#toGroup(to, targets.filter(({ lane }) => lane === to.lane).indexOf(to)));
  }

  #toGroup(to: Box, index: number): LineGroup {
    const arrows = this.#arrows.filter((arrow) => arrow.to === to);
    const lines = arrows.map((arrow) => ({ arrow, path: this.#toPath(arrow) }));
    const end = this.positions.get(to)!.y + middle;
    const ends = arrows.filter((arrow) => this.#usesTrack(arrow)).map((arrow) => this.#getStartY(arrow));
    const [first, last] = [Math.min(end, ...ends), Math.max(end, ...ends)];
    const joins = ends.filter((y) => y !== end && y > first && y < last);
    const directions = [first < end, last > end, ends.includes(end)].filter(Boolean).length;
    const junctions = [...joins, ...(directions > 1 ? [end] : [])].map((y) => ({ x: this.#getTrack(to), y }));
    return { to, colour: index, lines, junctions };
  }

  /** The x of the vertical line in front of a box. The lines into the first boxes run next to them, and cross fewer others. */
  #getTrack(to: Box): number {
    const { x } = this.positions.get(to)!;
    const inLane = [...new Set(this.#arrows.filter((arrow) => this.#usesTrack(arrow)).map((arrow) => arrow.to))]
      .filter(({ lane }) => lane === to.lane)
      .sort((a, b) => this.positions.get(a)!.y - this.positions.get(b)!.y);
    return x - 16 - inLane.indexOf(to) * trackWidth;
  }

  /** Whether an arrow bends in front of its target's column, or could. */
  #usesTrack = (arrow: Arrow): boolean =>
    arrow.from.lane !== "operations" && !this.#isVertical(arrow) && !this.#passesOnTheRight(arrow);

  #isVertical({ from, to }: Arrow): boolean {
    const distance = Math.abs(this.positions.get(from)!.y - this.positions.get(to)!.y);
    return from.lane === to.lane && from.lane !== "operations" && distance === boxSize.height + boxSize.gap;
  }

  /** Nothing is to the right of the last column. */
  #passesOnTheRight = (arrow: Arrow): boolean =>
    arrow.from.lane === arrow.to.lane && arrow.from.lane === columns.at(-1) && !this.#isVertical(arrow);

  /** The lines from one box start apart, in the order in which they bend, so that they do not cover or cross each other. */
  #getStartY(arrow: Arrow): number {
    const start = this.positions.get(arrow.from)!.y;
    const end = this.positions.get(arrow.to)!.y;
    if (start === end) return start + middle;
    const direction = Math.sign(end - start);
    const sameWay = this.#arrows
      .filter((other) => other.from === arrow.from && this.#usesTrack(other))
      .filter((other) => Math.sign(this.positions.get(other.to)!.y - start) === direction)
      .sort((a, b) => this.#getTrack(b.to) - this.#getTrack(a.to));
    const spacing = Math.min(8, (middle - 4) / sameWay.length);
    return start + middle + direction * Math.round(spacing * (sameWay.indexOf(arrow) + 1));
  }

  #toPath(arrow: Arrow): string {
    const { from, to } = arrow;
    const [start, end] = [this.positions.get(from)!, this.positions.get(to)!];
    if (this.#isVertical(arrow)) {
      const isDown = end.y > start.y;
      const [y, endY] = isDown ? [start.y + boxSize.height, end.y] : [start.y, end.y + boxSize.height];
      return `M${start.x + boxSize.width / 2} ${y}V${endY}`;
    }
    const right = start.x + boxSize.width;
    const endY = end.y + middle;
    if (from.lane === "operations") return `M${right} ${start.y + middle}H${end.x}`;
    if (this.#passesOnTheRight(arrow)) return `M${right} ${start.y + middle}h14V${endY}H${right}`;
    const track = this.#getTrack(to);
    const y = this.#getStartY(arrow);
    if (from.lane === to.lane) return `M${start.x} ${y}H${track}V${endY}H${end.x}`;
    const skipsColumn = lanes.indexOf(to.lane) - lanes.indexOf(from.lane) > 1;
    // It passes between two rows of boxes.
    const between = end.y + boxSize.height + boxSize.gap / 2;
    return `M${right} ${y}${skipsColumn ? `h${trackWidth}V${between}` : ""}H${track}V${endY}H${end.x}`;
  }
}

/**
 * Sorts the boxes of network paths by the steps of the request, and the data behind them likewise: the numbers then read from
 * top to bottom, and the lines between both columns are straight.
 * @param getStep the step that starts at a box, or infinity
 */
export function sortBoxes(boxes: readonly Box[], arrows: readonly Arrow[], getStep: (box: Box) => number): Box[] {
  const listLane = (lane: Lane) => boxes.filter((one) => one.lane === lane);
  const paths = listLane("network").sort((a, b) => compare(getStep(a), getStep(b)));
  const getPath = (box: Box): number => {
    const indexes = arrows.filter(({ to }) => to === box).map(({ from }) => paths.indexOf(from));
    return Math.min(Number.POSITIVE_INFINITY, ...indexes.filter((index) => index >= 0));
  };
  const data = listLane("data").sort((a, b) => compare(getPath(a), getPath(b)));
  return [...boxes.filter(({ lane }) => lane !== "network" && lane !== "data"), ...paths, ...data];
}

/** Infinities are equal. */
const compare = (a: number, b: number): number => (a === b ? 0 : a - b);

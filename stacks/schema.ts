import * as z from "zod";

/** An object that has these members and no others. */
export const members = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.strictObject(shape).readonly();

/** @param mustBe what the text must be, as the end of a sentence */
export const text = (pattern: RegExp, mustBe: string) => z.string().regex(pattern, mustBe);

/** Different values. */
export const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .refine((items) => new Set(items).size === items.length, "a list without duplicates")
    .readonly();

export const wholeNumber = (minimum: number, maximum: number) =>
  z
    .number()
    .refine(
      (value) => Number.isInteger(value) && value >= minimum && value <= maximum,
      `a whole number from ${minimum.toLocaleString("en")} to ${maximum.toLocaleString("en")}`,
    );

export const positive = z.number().positive("above 0");

const duration = /^(\d{1,6}(?:\.\d{1,3})?) (ms|s)$/;

/** @returns the milliseconds of a duration such as `1 s` or `800 ms`, or NaN for any other text */
export function parseDurationMs(value: string): number {
  const [, number, unit] = duration.exec(value) ?? [];
  // Rounded, because 1.001 * 1,000 is no whole number in binary.
  return number === undefined ? Number.NaN : Math.round(Number(number) * (unit === "s" ? 1_000 : 1));
}

/** A duration such as `1 s` or `800 ms`, between two of them. */
export const durationBetween = (minimum: string, maximum: string) =>
  z
    .string()
    .refine(
      (value) =>
        parseDurationMs(value) >= parseDurationMs(minimum) && parseDurationMs(value) <= parseDurationMs(maximum),
      `a duration from ${minimum} to ${maximum}, with a space before the unit, such as "1 s" or "800 ms"`,
    );

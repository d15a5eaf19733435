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

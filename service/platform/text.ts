import * as z from "zod";

/** A string without lone surrogates: they have no UTF-8 form, so that a database cannot store them. */
export const text = () =>
  z.string("must be a string").refine((value) => value.isWellFormed(), "contains half a surrogate pair");

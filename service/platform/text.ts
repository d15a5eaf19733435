import { z } from "zod";

/** A string without lone surrogates: those have no UTF-8 form and would not survive being stored. */
export const text = () =>
  z.string("must be a string").refine((value) => value.isWellFormed(), "holds half a surrogate pair");

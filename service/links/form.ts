import express, { type RequestHandler } from "express";
import { refuseInvalidUtf8 } from "../platform/body.ts";
import { problems } from "../platform/problems.ts";

/** A form by the names of its fields. */
export type Form = ReadonlyMap<string, string>;

const formType = "application/x-www-form-urlencoded";

/** Two passwords of 64 code points have 1.5 kB, with three characters for each byte. */
const maxFormBytes = 8 * 1024;

/** Browsers do not compress forms. */
const parseText = express.text({ type: formType, limit: maxFormBytes, inflate: false, verify: refuseInvalidUtf8 });

/** Reads the body of a form as text, for {@link parseForm}. Refuses anything else before reading it. */
export const formBody: RequestHandler = (request, response, next) => {
  if (Number(request.headers["content-length"]) > maxFormBytes) return next(problems.bodyTooLarge());
  if (request.is(formType) === false) return next(problems.unsupportedMediaType());
  parseText(request, response, next);
};

/**
 * Parses a form (https://url.spec.whatwg.org/#urlencoded-parsing).
 * @throws the problem `invalid-utf-8` for broken escapes. The problem `malformed-request` for a field that comes twice
 */
export function parseForm(body: unknown): Form {
  const form = new Map<string, string>();
  const fields = typeof body === "string" ? body.split("&").filter(Boolean) : [];
  for (const field of fields) {
    const [name, ...value] = field.split("=");
    const decoded = decode(name!);
    if (form.has(decoded)) throw problems.malformedRequest();
    form.set(decoded, decode(value.join("=")));
  }
  return form;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw problems.invalidUtf8();
  }
}

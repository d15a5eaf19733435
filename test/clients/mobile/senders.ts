import { testConfig } from "../../support/service.ts";

/** Sends a request as an app on a phone does. Like those of some Expo versions, its response cannot be cloned. */
export async function sendFromPhone(request: Request): Promise<Response> {
  const { status, headers, body } = await fetch(request);
  return Object.assign(new Response(body, { status, headers }), {
    clone() {
      throw new Error("Not implemented");
    },
  });
}

/** As {@link sendFromPhone}, and hides what a browser hides: https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name */
export async function sendFromBrowser(request: Request): Promise<Response> {
  request.headers.set("Origin", testConfig.corsOrigins[0]!);
  const { status, headers, body } = await sendFromPhone(request);
  const exposed = headers.get("Access-Control-Expose-Headers")!.toLowerCase().split(/, */);
  const safelisted = ["cache-control", "content-language", "content-length", "content-type", "expires"];
  const readable = [...safelisted, "last-modified", "pragma", ...exposed];
  return new Response(body, { status, headers: [...headers].filter(([name]) => readable.includes(name)) });
}

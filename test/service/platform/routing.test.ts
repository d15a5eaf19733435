import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, type RequestListener, request as send } from "node:http";
import { json } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response, Router } from "express";
import { toProblem } from "../../../service/platform/error-handler.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { Metrics } from "../../../service/platform/metrics.ts";
import { getRequestContext, requestContext } from "../../../service/platform/request-context.ts";
import { normalizeRequestTarget } from "../../../service/platform/request-target.ts";
import {
  callHandler,
  createRouter,
  inSequence,
  type Mounted,
  mountAll,
  onlyMethods,
  type ServedRoutes,
} from "../../../service/platform/routing.ts";
import { useServer } from "../../support/listen.ts";

/** Responds with what it has seen. */
const respond =
  (name: string): RequestHandler =>
  (request, response) =>
    void response.end(
      JSON.stringify({ name, parameters: request.params ?? {}, query: request.query, trail: trailOf(response) }),
    );

const trailOf = (response: Response) => String(response.getHeader("X-Trail") ?? "");

/** Leaves its name, and refuses requests with its name in a header. */
const guard =
  (name: string): RequestHandler =>
  async (request, response, next) => {
    response.setHeader("X-Trail", trailOf(response) + name);
    if (request.get("x-refuse") === name) throw new Error(`refused by ${name}`);
    next();
  };

const throwNow: RequestHandler = () => {
  throw new Error("thrown");
};
const reject: RequestHandler = () => Promise.reject(new Error("rejected"));
const rejectWithNothing: RequestHandler = () => Promise.reject();
const passError: RequestHandler = (_request, _response, next) => next(new Error("passed"));

const served: [mountPath: string, ServedRoutes][] = [
  [
    "/v1/things",
    {
      groups: [
        {
          guards: [guard("a")],
          handlers: {
            "GET /v1/things": respond("list"),
            "POST /v1/things": [guard("own"), respond("create")],
            "GET /v1/things/summary": respond("summary"),
            "GET /v1/things/{id}": respond("one"),
            "PATCH /v1/things/{id}": throwNow,
            "DELETE /v1/things/{id}": reject,
          },
        },
        {
          guards: [guard("a"), guard("b")],
          handlers: { "DELETE /v1/things": respond("delete all"), "PUT /v1/things/summary": [guard("c"), passError] },
        },
      ],
    },
  ],
  [
    "/v1/auth/password",
    { groups: [{ guards: [guard("p")], handlers: { "PUT /v1/auth/password": respond("change") } }] },
  ],
  [
    "/v1/auth",
    {
      groups: [
        {
          guards: [],
          handlers: { "POST /v1/auth/login": respond("login"), "GET /v1/auth/nothing": rejectWithNothing },
        },
      ],
    },
  ],
  ["/.well-known", { groups: [{ guards: [], handlers: { "GET /.well-known/jwks.json": respond("keys") } }] }],
];

/** What {@link createRouter} replaces: a router of Express. */
function createExpressRouter(mountPath: string, { groups }: ServedRoutes): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const shared = groups[0]!.guards;
  for (const each of shared) router.use(each);
  const routes = groups.flatMap(({ guards, handlers }) =>
    Object.entries<RequestHandler | RequestHandler[]>(handlers as never).map(([name, own]) => {
      const [method, path] = name.split(" ") as [string, string];
      return { method, path, handlers: [...guards.slice(shared.length), own].flat() };
    }),
  );
  for (const path of new Set(routes.map((route) => route.path))) {
    const route = router.route(path.slice(mountPath.length).replace(/\{(\w+)\}/, ":$1") || "/");
    const ofPath = routes.filter((each) => each.path === path);
    for (const { method, handlers } of ofPath) route[method.toLowerCase() as "get"](...handlers);
    route.all(onlyMethods(...ofPath.map(({ method }) => (method === "GET" ? "GET, HEAD" : method))));
  }
  return router;
}

const setMountPath =
  (mountPath: string): RequestHandler =>
  (request, _response, next) => {
    getRequestContext(request).mountPath = mountPath;
    next();
  };

/** Responds with the problem of an error. */
const handleError: ErrorRequestHandler = (error, _request, response, _next) => {
  const { status, type, headers } = toProblem(error);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.status(status).end(JSON.stringify({ type, cause: status === 500 ? error.message : undefined }));
};

const notFound: RequestHandler = (_request, response) => void response.status(404).end(JSON.stringify("no route"));

/** A server, and the routes in its log. */
function useApp(create: (context: RequestHandler) => RequestListener) {
  const lines: { request_id: string; route: string }[] = [];
  const log = jsonLogger((line) => lines.push(JSON.parse(line)));
  const context = requestContext({ log, clock: Date.now, metrics: new Metrics(Date.now) });
  return { lines, port: useServer(createServer(normalizeRequestTarget(create(context)))) };
}

describe("The router", () => {
  const ours = useApp((context) => {
    const app = express();
    const mounts = served.map(
      ([path, routes]): Mounted => [path, inSequence(setMountPath(path), createRouter(path, routes))],
    );
    const handle = inSequence(context, mountAll(mounts), notFound);
    return (message, serverResponse) => {
      const [request, response] = [message as Request, serverResponse as Response];
      Object.setPrototypeOf(request, app.request);
      Object.setPrototypeOf(response, app.response);
      callHandler(handle, request, response, (error) => handleError(error, request, response, () => {}));
    };
  });
  const expresss = useApp((context) => {
    const app = express().enable("case sensitive routing");
    app.use(context);
    for (const [path, routes] of served) app.use(path, setMountPath(path), createExpressRouter(path, routes));
    return app.use(notFound).use(handleError) as unknown as RequestListener;
  });

  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  after(() => agent.destroy());

  /** The response of a server, and the route in its log. */
  async function call({ port, lines }: typeof ours, method: string, path: string, refuse = "") {
    const options = { host: "127.0.0.1", port: port(), agent, method, path, headers: { "X-Refuse": refuse } };
    const request = send(options).end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const { statusCode, headers } = response;
    const body = method === "HEAD" ? response.resume() && null : await json(response);
    const findLine = () => lines.find(({ request_id }) => request_id === headers["x-request-id"]);
    // The client may have the response before the server writes its line.
    while (!findLine()) await setImmediate();
    return { statusCode, allow: headers.allow, trail: headers["x-trail"], body, route: findLine()!.route };
  }

  const varied = ["/v1/things", "/v1/things/7", "/v1/auth/password", "/.well-known/jwks.json"];
  const variants = (path: string) => [
    path,
    ...[
      "/",
      "//",
      "?a=1&b=2",
      "/?a=1",
      "/?",
      "/more",
      "%",
      "%2F",
      "%20",
      "x",
      ";x",
      "/%E0%A4%A",
      "/..",
      "?a=%zz",
      "/{id}",
    ].map((end) => path + end),
    path.toUpperCase(),
    `/${path}`,
    path.replace("things", "th%69ngs"),
  ];
  const others = [
    ...["/", "//", "/v1", "/v1/", "/v1/auth", "/v1/auth/", "/%", "*", "/v1/things/constructor", "/v1/things/__proto__"],
    ...["/v1/things/summary", "/v1/auth/login", "/v1/auth/nothing", "/xwell-known/jwks.json", "/.well-known/jwksxjson"],
  ];

  it("responds to any method and path as a router of Express does", async () => {
    const methods = ["GET", "HEAD", "POST", "DELETE", "PATCH", "OPTIONS", "M-SEARCH"];
    const requests = methods.flatMap((method) =>
      [...varied.flatMap(variants), ...others].map((path) => ({ method, path })),
    );
    const results = await Promise.all(
      requests.map(async ({ method, path }) => {
        const [actual, expected] = await Promise.all([call(ours, method, path), call(expresss, method, path)]);
        return { method, path, actual, expected };
      }),
    );
    expect(results.filter(({ actual, expected }) => !isDeepStrictEqual(actual, expected))).to.deep.equal([]);
    const statuses = new Set(results.map(({ expected }) => expected.statusCode));
    expect([...statuses]).to.have.members([200, 400, 404, 405, 500]);
  });

  it("stops at the guard that refuses a request, as a router of Express does", async () => {
    for (const [method, path, refuse] of [
      ["GET", "/v1/things/unknown/path", "a"],
      ["GET", "/v1/things", "a"],
      ["POST", "/v1/things", "own"],
      ["DELETE", "/v1/things", "a"],
      ["DELETE", "/v1/things", "b"],
      ["PUT", "/v1/things/summary", "c"],
      ["PATCH", "/v1/auth/password", "p"],
      ["PATCH", "/v1/auth/password/x", "p"],
    ] as const) {
      const [actual, expected] = await Promise.all([
        call(ours, method, path, refuse),
        call(expresss, method, path, refuse),
      ]);
      expect(actual).to.deep.equal(expected);
      expect(actual.body, path).to.include({ cause: `refused by ${refuse}` });
    }
  });
});

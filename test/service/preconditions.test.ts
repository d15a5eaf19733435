import { expect } from "chai";
import { readPreconditions } from "../../service/platform/entity-tag.ts";
import { routes } from "../../service/routes.ts";
import { type DocumentedOperation, documentedOperations, documentedProblems, resolve } from "../support/openapi.ts";
import { type ApiResponse, expectProblem, startService, useService } from "../support/service.ts";
import { apiKey, type TestRequest, toRequest } from "./openapi/requests.ts";

/** The operations of a path. */
const listOperations = (path: string) => documentedOperations.filter((operation) => operation.path === path);

const describesEtag = ({ responses }: DocumentedOperation) =>
  Object.values(responses).some((response) => "ETag" in (resolve(response).headers ?? {}));

const changeable = ["/v1/activities/{id}", "/v1/sessions", "/v1/users/me"];

describe("Preconditions", () => {
  const service = useService(() => startService({}, { apiKey }));

  const send = (method: string, { path, body, headers, token }: TestRequest, more: Record<string, string> = {}) =>
    service.send(method, path, {
      headers: { ...headers, ...more },
      ...(token !== undefined && { token }),
      ...(body !== undefined && !["GET", "HEAD"].includes(method) && { body }),
    });

  /** A resource as its user finds it, with a valid request for an operation. */
  async function prepare(operation: DocumentedOperation) {
    const { headers: all, ...rest } = await toRequest(service, operation);
    const { "if-match": _, "if-none-match": __, ...headers } = all;
    const request = { ...rest, headers };
    const state = await send("GET", request);
    return { request, tag: state.headers.get("etag") ?? "", state, read: () => send("GET", request) };
  }

  /** The status of a successful response. */
  const success = ({ responses }: DocumentedOperation) =>
    Number(Object.keys(responses).find((each) => /^2/.test(each)));

  /** A change must always name a version. */
  const required = (operation: DocumentedOperation, tag: string): Record<string, string> =>
    "428" in operation.responses ? { "if-match": tag } : {};

  it("count on every method of every resource that has an entity tag, as the document says", async () => {
    const tagged: string[] = [];
    for (const operation of documentedOperations.filter(({ method }) => method === "GET")) {
      const { tag } = await prepare(operation);
      if (tag !== "") tagged.push(operation.path);
    }
    expect(tagged).to.include.members(changeable);
    expect(Object.keys(routes)).to.include.members(changeable.flatMap((path) => [`GET ${path}`, `DELETE ${path}`]));
    const documented = documentedOperations.filter(({ parameters = [] }) =>
      ["If-Match", "If-None-Match"].every((name) => parameters.some((each) => each.name === name)),
    );
    const names = (operations: readonly DocumentedOperation[]) =>
      operations.map(({ method, path }) => `${method} ${path}`);
    // The tag of a list says nothing about one of its sessions, which has none.
    expect(names(documented).sort()).to.deep.equal(
      [...names(tagged.flatMap(listOperations)), "DELETE /v1/sessions/{id}"].sort(),
    );
    for (const operation of documented) {
      const types = documentedProblems(operation).flatMap(([, types]) => types.map((type) => type.split("/").at(-1)));
      expect(types).to.include.members(["invalid-precondition", "precondition-failed"]);
      expect("304" in operation.responses).to.equal(operation.method === "GET");
    }
    expect(names(documentedOperations.filter(describesEtag))).to.include.members(tagged.map((path) => `GET ${path}`));
  });

  for (const operation of documentedOperations.filter(({ path }) => listOperations(path).some(describesEtag))) {
    const { method, path } = operation;
    const methods = method === "GET" ? ["GET", "HEAD"] : [method];

    let unchanged: ReturnType<typeof prepare> | undefined;

    /** A resource that no request changes. */
    const prepareUnchanged = () => {
      unchanged ??= prepare(operation);
      return unchanged;
    };

    /** Checks that a request was refused without an effect. */
    async function expectRefused(headers: (tag: string) => Record<string, string>, status: number, slug: string) {
      const { request, tag, state, read } = await prepareUnchanged();
      for (const each of methods) {
        const response = await send(each, request, headers(tag));
        const what = `${each} ${JSON.stringify(headers(tag))}`;
        if (each === "HEAD") expect(response.status, what).to.equal(status);
        else expectProblem(response, status, slug);
        expect(response.headers.has("etag"), what).to.equal(false);
      }
      const { headers: after, body } = await read();
      expect([after.get("etag"), body], JSON.stringify(headers(tag))).to.deep.equal([tag, state.body]);
    }

    async function expectStatus(
      headers: (tag: string) => Record<string, string>,
      status: number,
    ): Promise<ApiResponse[]> {
      const responses: ApiResponse[] = [];
      for (const each of methods) {
        const { request, tag } = await (method === "GET" ? prepareUnchanged() : prepare(operation));
        const response = await send(each, request, { ...required(operation, tag), ...headers(tag) });
        expect(response.status, `${each} ${JSON.stringify(headers(tag))}`).to.equal(status);
        responses.push(response);
      }
      return responses;
    }

    it(`of ${method} ${path}: 412, and no effect, if If-Match does not name the version, or only a weak tag`, async () => {
      const lists = [
        () => '"stale"',
        (tag: string) => `W/${tag}`,
        (tag: string) => `"stale", W/${tag}`,
        (tag: string) => `"${tag.slice(1, -1)},"`,
        () => '""',
        () => "",
      ];
      for (const toList of lists)
        await expectRefused((tag) => ({ "if-match": toList(tag) }), 412, "precondition-failed");
    });

    it(`of ${method} ${path}: runs if If-Match names the version, alone, in a list, or as any`, async () => {
      for (const toList of [(tag: string) => tag, (tag: string) => `, "a,b" ,,W/"c",${tag},`, () => "*"])
        await expectStatus((tag) => ({ "if-match": toList(tag) }), success(operation));
    });

    it(`of ${method} ${path}: ${method === "GET" ? 304 : 412} if If-None-Match names the version, weak or not`, async () => {
      for (const toList of [(tag: string) => tag, (tag: string) => `"other",W/${tag}`, () => "*"]) {
        const headers = (tag: string) => ({ ...required(operation, tag), "if-none-match": toList(tag) });
        if (method !== "GET") await expectRefused(headers, 412, "precondition-failed");
        else for (const { body } of await expectStatus(headers, 304)) expect(body).to.equal("");
      }
    });

    it(`of ${method} ${path}: runs if If-None-Match does not name the version`, async () => {
      for (const list of ['"other"', 'W/"other", "another"', ""])
        await expectStatus(() => ({ "if-none-match": list }), success(operation));
    });

    if (changeable.includes(path)) {
      it(`of ${method} ${path}: the tag of another release names the same state, but not the same response`, async () => {
        const ofOther = (tag: string) => tag.replace(/^"\d-/, '"9-');
        expect(ofOther('"1-7"')).to.equal('"9-7"');
        await expectStatus((tag) => ({ "if-match": ofOther(tag) }), success(operation));
        if (method === "GET") await expectStatus((tag) => ({ "if-none-match": ofOther(tag) }), 200);
        else
          await expectRefused(
            (tag) => ({ ...required(operation, tag), "if-none-match": ofOther(tag) }),
            412,
            "precondition-failed",
          );
      });
    }

    it(`of ${method} ${path}: If-Match comes first, and both count`, async () => {
      const both = (tag: string) => ({ "if-match": '"stale"', "if-none-match": tag });
      await expectRefused(both, 412, "precondition-failed");
      await expectStatus((tag) => ({ "if-match": tag, "if-none-match": '"other"' }), success(operation));
    });

    it(`of ${method} ${path}: 400, and no effect, for a header that is neither * nor a list of tags`, async () => {
      // Others below, for one operation: the same function parses them.
      const broken = "1";
      await expectRefused(() => ({ "if-match": broken }), 400, "invalid-precondition");
      const headers = (tag: string) => ({ ...required(operation, tag), "if-none-match": broken });
      await expectRefused(headers, 400, "invalid-precondition");
    });

    it(`of ${method} ${path}: are ignored by date, since no resource says when it was modified`, async () => {
      const past = "Sat, 01 Jan 2000 00:00:00 GMT";
      const future = "Fri, 01 Jan 2100 00:00:00 GMT";
      await expectStatus(() => ({ "if-unmodified-since": past, "if-modified-since": future }), success(operation));
    });
  }

  it("do not matter where the response would be an error without them: 404 stays 404, 401 stays 401", async () => {
    const user = await service.register({}, { "x-api-key": apiKey });
    const headers = { "x-api-key": apiKey };
    for (const tag of ['"1"', "*"]) {
      for (const path of ["/v1/activities/8ce9f863-1935-4c1e-a1de-5676ed4d5f6a", "/v1/sessions/none"]) {
        for (const name of ["if-match", "if-none-match"])
          expect((await user.send("DELETE", path, { headers: { ...headers, [name]: tag } })).status).to.equal(404);
      }
      for (const path of changeable.map((each) => each.replace("{id}", "8ce9f863-1935-4c1e-a1de-5676ed4d5f6a")))
        expect((await service.send("DELETE", path, { headers: { ...headers, "if-match": tag } })).status).to.equal(401);
    }
  });

  it("of one session, which has no tag: only * matches, and any other If-Match ends nothing", async () => {
    const headers = { "x-api-key": apiKey };
    const user = await service.register({}, headers);
    const { body, headers: given } = await user.send("GET", "/v1/sessions", { headers });
    const end = (more: Record<string, string>) =>
      user.send("DELETE", `/v1/sessions/${body.sessions[0].id}`, { headers: { ...headers, ...more } });
    expectProblem(await end({ "if-match": given.get("etag")! }), 412, "precondition-failed");
    expectProblem(await end({ "if-none-match": "*" }), 412, "precondition-failed");
    expectProblem(await end({ "if-match": "1" }), 400, "invalid-precondition");
    expect((await user.send("GET", "/v1/sessions", { headers })).body).to.deep.equal(body);
    expect((await end({ "if-match": "*", "if-none-match": '"other"' })).status).to.equal(204);
  });

  const profile = documentedOperations.find(({ operationId }) => operationId === "getProfile")!;

  it("have the grammar of RFC 9110: 400 for anything else", async () => {
    const { request } = await prepare(profile);
    const broken = ['"1', "*, *", '*, "1"', 'w/"1"', 'W/ "1"', '"1" "2"', "'1'", '"a"b"', '"a b"', '"1"; "2"', "W/*"];
    for (const header of broken)
      expectProblem(await send("GET", request, { "if-match": header }), 400, "invalid-precondition");
    for (const header of ['"!#~\u00ff"', '"\\"', ', ,"a"\t,', ",", 'W/""'])
      expectProblem(await send("GET", request, { "if-match": header }), 412, "precondition-failed");
  });

  it("are parsed in linear time", () => {
    for (const part of [" ", ",", ", ", '"a",', '"a" ', "W/", '"'])
      for (const end of ["x", '"', ', "b"x']) {
        // In quadratic time, this takes minutes.
        const headers = { "if-match": `${part.repeat(200_000)}${end}` };
        expect(() => readPreconditions({ headers } as never)).to.throw("Invalid precondition");
      }
  });
});

import { createServer } from "node:http";
import { expect } from "chai";
import express from "express";
import * as z from "zod";
import { compareDocuments } from "../../scripts/api-changes/compare.ts";
import { sunsetDays } from "../../scripts/api-changes/rules.ts";
import { type Deprecations, deprecations } from "../../service/deprecations.ts";
import { openApiDocument } from "../../service/openapi/document.ts";
import { descriptions, toSchema } from "../../service/openapi/schemas.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { requestContext } from "../../service/platform/request-context.ts";
import { createRouter, openRoutes } from "../../service/platform/routing.ts";
import { useServer } from "../support/listen.ts";
import { findFaults } from "../support/openapi.ts";
import { useService } from "../support/service.ts";

const deprecated: Deprecations = {
  "GET /v1/app": { since: "2027-01-31", sunset: "2027-12-31", link: "https://ecobeat.app/api/app" },
};

const announcement = {
  deprecation: "@1801353600",
  sunset: "Fri, 31 Dec 2027 00:00:00 GMT",
  link: '<https://ecobeat.app/api/app>; rel="deprecation"; type="text/html", <https://ecobeat.app/api/app>; rel="sunset"; type="text/html"',
};

describe("A deprecated operation", () => {
  const service = useService();
  const app = express();
  const routes = openRoutes({
    "GET /v1/app": (_request, response) => void response.end(),
    "GET /v1/activity-kinds": (_request, response) => void response.end(),
  });
  const log = jsonLogger(() => {});
  app.use(
    requestContext({ log, clock: Date.now, metrics: new Metrics(Date.now) }),
    createRouter("/v1", routes, deprecated),
  );
  const port = useServer(createServer(app));

  /** The headers that announce a removal. */
  const send = async (path: string): Promise<object> => {
    const response = await fetch(`http://127.0.0.1:${port()}${path}`);
    return Object.fromEntries([...response.headers].filter(([name]) => name in announcement));
  };

  it("announces its removal in headers, and no other operation does", async () => {
    expect(await send("/v1/app")).to.deep.equal(announcement);
    expect(await send("/v1/activity-kinds")).to.deep.equal({});
  });

  it("is marked in the document, and its headers are as documented", () => {
    // biome-ignore lint/suspicious/noExplicitAny: a document
    const { paths, components } = openApiDocument("42", deprecated) as any;
    const { get } = paths["/v1/app"];
    expect(get).to.include({ deprecated: true, "x-sunset": "2027-12-31" });
    expect(get.externalDocs).to.deep.equal({ url: "https://ecobeat.app/api/app" });
    for (const name of ["Deprecation", "Sunset", "Link"] as const) {
      for (const status of [200, 304]) expect(get.responses[status].headers).to.have.property(name);
      const { [name.toLowerCase() as keyof typeof announcement]: given } = announcement;
      expect(findFaults(components.headers[name].schema, given)).to.deep.equal([]);
      expect(findFaults(components.headers[name].schema, "soon")).to.have.length(1);
    }
    expect(paths["/v1/activity-kinds"].get).to.not.have.property("deprecated");
  });

  it("has members that a document can mark in the same way", () => {
    const note = z.string().register(descriptions, { deprecated: true, "x-sunset": "2027-12-31" });
    const schema = toSchema(z.object({ note: note.optional() })) as Record<string, unknown>;
    expect(schema.properties).to.deep.equal({ note: { type: "string", deprecated: true, "x-sunset": "2027-12-31" } });
    expect(findFaults(schema, { note: "a" })).to.deep.equal([]);
  });

  it("may be removed after its sunset", () => {
    const base = openApiDocument("42", deprecated);
    const revision = structuredClone(base) as { paths: Record<string, unknown> };
    delete revision.paths["/v1/app"];
    const find = (day: string) => compareDocuments(base, revision, Date.parse(day)).map(({ rule }) => rule);
    expect(find("2027-12-30")).to.deep.equal(["operation-removed"]);
    expect(find("2028-01-01")).to.deep.equal([]);
  });

  it("announces its removal to browsers, too", async () => {
    const { headers } = await service.send("GET", "/v1/app", { headers: { origin: "https://app.test" } });
    const exposed = headers.get("access-control-expose-headers")?.toLowerCase().split(",");
    expect(exposed).to.include.members(Object.keys(announcement));
  });

  it("gives apps the time to be updated", () => {
    for (const [name, { since, sunset }] of Object.entries(deprecations)) {
      expect(Date.parse(sunset) - Date.parse(since), name).to.be.at.least(sunsetDays * 86_400_000);
    }
  });
});

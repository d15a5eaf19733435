import { expect } from "chai";
import { cacheableRoutes, routesWithoutApiKey } from "../../service/routes.ts";
import { useService } from "../support/service.ts";

describe("The routes that CloudFront caches", () => {
  const service = useService();

  it("are those whose responses say that caches may store them, of all without an API key", async () => {
    const stored: string[] = [];
    for (const path of routesWithoutApiKey) {
      const { headers } = await service.send("GET", path);
      if (/^public\b/.test(headers.get("cache-control")!)) stored.push(path);
    }
    expect(cacheableRoutes).to.have.members(stored);
  });
});

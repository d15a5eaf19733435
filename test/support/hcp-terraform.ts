import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Entity {
  readonly id: string;
  readonly type: string;
  readonly attributes: Record<string, unknown>;
  readonly relationships: Record<string, { data: unknown }>;
}

interface Body {
  readonly data: Partial<Entity> & { readonly id?: string };
}

/** Documented attributes of each type. */
const known: Readonly<Record<string, readonly string[]>> = {
  projects: ["name"],
  workspaces: ["name", "execution-mode", "terraform-version", "auto-apply", "global-remote-state"],
  varsets: ["name", "global"],
  vars: ["key", "value", "category", "hcl", "sensitive"],
};

class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A fake of HCP Terraform's API with the organization `ecobeat`. It rejects what the API does not document. */
export class FakeHcpTerraform {
  readonly token = "fake-token";
  readonly entities: Entity[] = [];
  /** Methods and paths of successful changes. */
  readonly writtenPaths: string[] = [];
  /** Error statuses of the next calls, one each; 0 for none. */
  readonly failures: number[] = [];
  readonly #server: Server;
  #count = 0;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      const send = (status: number, body?: object) => {
        response.writeHead(status, { "content-type": "application/vnd.api+json" });
        response.end(body && JSON.stringify(body));
      };
      try {
        const status = this.failures.shift();
        if (status) throw new ApiError(status, "injected by the test");
        if (request.headers.authorization !== `Bearer ${this.token}`) throw new ApiError(401, "unauthorized");
        if (request.headers["content-type"] !== "application/vnd.api+json") throw new ApiError(415, "media type");
        const url = new URL(request.url!, "http://hcp-terraform");
        const method = request.method!;
        const result = this.#respond(method, url, text ? JSON.parse(text) : undefined);
        if (method !== "GET") this.writtenPaths.push(`${method} ${url.pathname}`);
        send(result ? 200 : 204, result);
      } catch (error) {
        const { status = 500, message } = error as ApiError;
        send(status, { errors: [{ status: `${status}`, title: message }] });
      }
    });
  }

  static async start(): Promise<FakeHcpTerraform> {
    const api = new FakeHcpTerraform();
    await new Promise<void>((resolve) => api.#server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** @param name its name or its key */
  find(type: string, name: string): Entity {
    const found = this.entities.find(
      (each) => each.type === type && [each.attributes.name, each.attributes.key].includes(name),
    );
    if (!found) throw new ApiError(404, `no ${type} ${name}`);
    return found;
  }

  add(type: string, attributes: object, relationships: Entity["relationships"] = {}): Entity {
    const entity = { id: `${type}-${++this.#count}`, type, attributes: { ...attributes }, relationships };
    this.entities.push(entity);
    return entity;
  }

  remove(entity: Entity): void {
    this.entities.splice(this.entities.indexOf(entity), 1);
  }

  #respond(method: string, url: URL, body?: Body): object | undefined {
    const [type = "", id = "", related = "", kind = "", last = ""] = url.pathname.replace("/api/v2/", "").split("/");
    if (type === "organizations" && id !== "ecobeat") throw new ApiError(404, "not found");
    const collection = type === "organizations" ? related : kind || related;
    const route = `${method} ${type}/${related && `:id/${related}`}${kind && (type === "organizations" ? "/:name" : `/${kind}`)}${last && "/:id"}`;
    switch (route) {
      case "GET organizations/":
        return { data: { id, type, attributes: {}, relationships: {} } };
      case "GET organizations/:id/workspaces/:name":
        return { data: this.find("workspaces", kind) };
      case "GET organizations/:id/projects":
      case "GET organizations/:id/varsets":
        return this.#page(
          url,
          this.entities.filter((each) => each.type === collection),
        );
      case "POST organizations/:id/projects":
      case "POST organizations/:id/workspaces":
      case "POST organizations/:id/varsets":
        return { data: this.#create(collection, body!) };
      case "PATCH workspaces/":
      case "PATCH varsets/":
        return { data: this.#change(this.#byId(id), body!) };
      case "GET workspaces/:id/relationships/remote-state-consumers":
        return this.#page(url, (this.#byId(id).relationships.consumers?.data ?? []) as Entity[]);
      case "PATCH workspaces/:id/relationships/remote-state-consumers":
        for (const each of body!.data as unknown as Entity[]) this.#byId(each.id);
        this.#byId(id).relationships.consumers = { data: body!.data };
        return undefined;
      // 404 without a state: https://developer.hashicorp.com/terraform/cloud-docs/api-docs/state-versions
      case "GET workspaces/:id/current-state-version":
        return { data: this.#of("state-versions", id)[0] ?? this.#byId("state-versions") };
      case "GET workspaces/:id/run-triggers":
        if (url.searchParams.get("filter[run-trigger][type]") !== "inbound") throw new ApiError(400, "type");
        return this.#page(url, this.#of("run-triggers", id));
      case "POST workspaces/:id/run-triggers": {
        const source = this.#byId((body!.data.relationships!.sourceable!.data as Entity).id);
        return {
          data: this.add(
            "run-triggers",
            { "sourceable-name": source.attributes.name },
            { owner: { data: { id, type } } },
          ),
        };
      }
      case "DELETE run-triggers/":
        this.remove(this.#byId(id));
        return undefined;
      case "GET workspaces/:id/vars":
      case "GET varsets/:id/relationships/vars":
        return this.#page(url, this.#of("vars", id));
      case "POST varsets/:id/relationships/vars":
        this.#check("vars", body!.data);
        return { data: this.add("vars", body!.data.attributes!, { owner: { data: { id, type } } }) };
      case "DELETE varsets/:id/relationships/vars/:id":
        this.remove(this.#byId(last));
        return undefined;
      default:
        throw new ApiError(404, `the API has no ${route}`);
    }
  }

  #page(url: URL, all: readonly Entity[]): object {
    const number = Number(url.searchParams.get("page[number]"));
    const size = Number(url.searchParams.get("page[size]"));
    if (!(number >= 1) || !(size >= 1 && size <= 100)) throw new ApiError(400, "page");
    const next = all.length > number * size ? number + 1 : null;
    return { data: all.slice((number - 1) * size, number * size), meta: { pagination: { "next-page": next } } };
  }

  #create(type: string, { data }: Body): Entity {
    this.#check(type, data);
    const name = data.attributes!.name;
    if (this.entities.some((each) => each.type === type && each.attributes.name === name)) {
      throw new ApiError(422, "Name has already been taken");
    }
    const { vars, ...relationships } = data.relationships ?? {};
    const created = this.add(type, data.attributes!, relationships);
    for (const each of (vars?.data ?? []) as Entity[]) {
      this.#check("vars", each);
      this.add("vars", each.attributes, { owner: { data: { id: created.id, type } } });
    }
    return created;
  }

  #change(entity: Entity, { data }: Body): Entity {
    this.#check(entity.type, data);
    Object.assign(entity.attributes, data.attributes);
    Object.assign(entity.relationships, data.relationships);
    return entity;
  }

  #check(type: string, { type: said, attributes = {}, relationships = {} }: Partial<Entity>): void {
    const unknown = Object.keys(attributes).find((key) => !known[type]!.includes(key));
    if (said !== type || unknown) throw new ApiError(422, `${type}: ${said} ${unknown}`);
    for (const { data } of Object.values(relationships)) {
      for (const each of [data].flat() as Entity[]) if (each.type !== "vars") this.#byId(each.id);
    }
  }

  #of(type: string, owner: string): Entity[] {
    return this.entities.filter(
      (each) => each.type === type && (each.relationships.owner?.data as Entity | undefined)?.id === owner,
    );
  }

  #byId(id: string | undefined): Entity {
    const found = this.entities.find((each) => each.id === id);
    if (!found) throw new ApiError(404, `no ${id}`);
    return found;
  }
}

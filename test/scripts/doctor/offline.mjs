// Preloaded into a command: no name resolves, so that it reaches this machine alone.
import dns from "node:dns";

const fail = () => Object.assign(new Error("offline"), { code: "ETIMEOUT" });

dns.lookup = (_name, ...rest) => rest.at(-1)(fail());
for (const method of ["resolveNs", "resolveMx"]) {
  dns.promises.Resolver.prototype[method] = async () => {
    throw fail();
  };
}

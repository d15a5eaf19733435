import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { limitNameResolution } from "../../service/platform/name-resolution.ts";

// Looks up a name at a name server that receives questions and never answers. The argument is the server's address.
limitNameResolution(process.env);
const server = createSocket("udp4");
await once(server.bind(53, process.argv[2]), "listening");
let questions = 0;
server.on("message", () => {
  questions += 1;
});
const error = await lookup("database.ecobeat.test").catch(({ code }) => code);
console.log(JSON.stringify({ error, questions }));
process.exit();

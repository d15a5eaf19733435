// A fake program: the tests compute its result.
import { connect } from "node:net";

const [tool, ...args] = process.argv.slice(2);
const { FAKE_PROGRAMS: socket, FAKE_PROGRAMS_BLOCK: block } = process.env;

let result = "";
connect(socket)
  .setEncoding("utf8")
  .on("data", (chunk) => {
    result += chunk;
  })
  .on("end", () => {
    const { code, stdout, stderr } = JSON.parse(result);
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = code;
  })
  .write(`${JSON.stringify({ tool, args, cwd: process.cwd(), block: Number(block) })}\n`);

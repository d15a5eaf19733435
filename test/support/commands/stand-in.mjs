// Stands in the place of a program: asks the tests what it would answer.
import { connect } from "node:net";

const [tool, ...args] = process.argv.slice(2);
const { STAND_INS: socket, STAND_INS_BLOCK: block } = process.env;

let answer = "";
connect(socket)
  .setEncoding("utf8")
  .on("data", (chunk) => {
    answer += chunk;
  })
  .on("end", () => {
    const { code, stdout, stderr } = JSON.parse(answer);
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = code;
  })
  .write(`${JSON.stringify({ tool, args, cwd: process.cwd(), block: Number(block) })}\n`);

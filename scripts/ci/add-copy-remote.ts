// `node --import tsx scripts/ci/add-copy-remote.ts`: lets `npm run ops -- git mirror` reach the copy in a job.
import { runCommand } from "../cli/run-command.ts";
import { addCopyRemote } from "./copy-remote.ts";

await runCommand(() => addCopyRemote(".", process.env));

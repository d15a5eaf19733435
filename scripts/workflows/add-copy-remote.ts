// `node --import tsx scripts/workflows/add-copy-remote.ts`: lets `npm run ops -- git mirror` reach the copy in a job.
import { runForPeople } from "../run-for-people.ts";
import { addCopyRemote } from "./copy-remote.ts";

await runForPeople(() => addCopyRemote(".", process.env));

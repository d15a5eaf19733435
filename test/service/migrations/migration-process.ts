import { setTimeout as sleep } from "node:timers/promises";
import { migrate } from "../../../service/migrations/migrate.ts";
import { connectMongo } from "../../../service/platform/mongo.ts";
import { copyNames } from "./example/0001-copy-names.ts";

// Migrates until a test kills it: after the fifth batch, it stands still in the middle of its work.
const database = await connectMongo(process.env.MONGODB_URI!);
let batches = 0;
await migrate(
  database,
  { documents: true },
  {
    migrations: [copyNames],
    batchSize: 10,
    onProgress: async () => {
      if (++batches < 5) return;
      process.send!("in the middle");
      await sleep(600_000);
    },
  },
);

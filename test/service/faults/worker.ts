import { type Cell, runCell } from "./cell.ts";
import { type RealServices, Rig } from "./rig.ts";

// A process of its own: the variables that name AWS's endpoints, and the name servers, are those of a whole process.
const rig = await Rig.start(JSON.parse(process.argv[2]!) as RealServices);

process.on("message", async (cell: Cell) => {
  try {
    process.send!({ outcome: await runCell(rig, cell) });
  } catch (error) {
    process.send!({ error });
  }
});
process.on("disconnect", async () => {
  await rig.stop();
  process.exit();
});

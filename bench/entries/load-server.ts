import { startLoadService } from "./load-service.ts";
import { reportUsageTo } from "./usage.ts";

const { url } = await startLoadService(true);
reportUsageTo(process, url);

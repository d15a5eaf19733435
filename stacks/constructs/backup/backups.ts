import { dump, parameterPath, parameters, variables, verification } from "../../../service/contract.ts";
import type { EcobeatStack } from "../../ecobeat-stack.ts";
import type { FoundationStack } from "../../foundation.ts";
import type { FunctionArchive } from "../functions/archive-function.ts";
import type { BackupFunctionProps } from "./backup-function.ts";
import { DatabaseDump } from "./database-dump.ts";
import { DumpVerification } from "./dump-verification.ts";

export interface BackupsProps {
  readonly foundation: FoundationStack;
  /** What the functions run. */
  readonly archive: FunctionArchive;
}

/** Adds our own backups of an environment's database: their schedule, and the proof that they restore. */
export function addBackups(stack: EcobeatStack, { foundation, archive }: BackupsProps): void {
  const { environment } = stack;
  const { vault } = foundation;
  const both: Omit<BackupFunctionProps, "name"> = {
    archive,
    environmentVariables: {
      [variables.environment]: environment.name,
      [variables.backupStore]: `s3://${vault.bucket.id}/${dump.prefix}`,
    },
    network: { subnets: foundation.network.privateSubnets, securityGroup: foundation.traffic.functions },
    vault,
    prefix: dump.prefix,
    addressParameter: parameterPath(environment.name, parameters.mongodbUri),
    alertTopic: foundation.alertTopic,
  };
  const { failures } = new DatabaseDump(stack, "dump", {
    ...both,
    name: stack.resourceName(dump.functionName),
    everyHours: environment.backup.everyHours,
    encryptionKey: foundation.dataKey,
  });
  new DumpVerification(stack, "dump-verification", {
    ...both,
    name: stack.resourceName(verification.functionName),
    failures,
  });
}

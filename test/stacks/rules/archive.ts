import { activities, databaseName, recordableDays } from "../../../service/contract.ts";
import { getEnvironment, referenced } from "./resources.ts";
import { resourceRule } from "./rule.ts";

export const archivedActivities = resourceRule(
  "a replica set archives activities after the configured days, in its own region",
  "mongodbatlas_advanced_cluster",
  ({ stack, id }, stacks) => {
    const { database, region } = getEnvironment(stack);
    return Object.values(stack.resource.mongodbatlas_online_archive ?? {}).some(
      ({
        cluster_name,
        db_name,
        coll_name,
        criteria,
        partition_fields,
        data_process_region,
        data_expiration_rule,
      }) =>
        referenced(stacks, stack, cluster_name)?.id === id &&
        db_name === databaseName &&
        coll_name === activities.collection &&
        criteria.type === "DATE" &&
        criteria.date_field === activities.timeField &&
        database.kind === "replica-set" &&
        criteria.expire_after_days === database.archiveAfterDays &&
        criteria.expire_after_days > recordableDays &&
        data_expiration_rule?.expire_after_days === database.archiveKeepDays &&
        partition_fields.some(
          ({ field_name }: { field_name: string }) => field_name === criteria.date_field,
        ) &&
        data_process_region?.region === region.toUpperCase().replaceAll("-", "_"),
    );
  },
);

import { ActivityQueue, type ActivityQueueOptions } from "@ecobeat/mobile-client";
import AsyncStorage from "@react-native-async-storage/async-storage";
import { randomUUID } from "expo-crypto";
import { client } from "./client.ts";

/**
 * Opens the queue of a user, on the screen that records.
 * @param onRefused called for an activity that the service will never accept, after which it leaves the queue
 */
export const openQueue = (userId: string, onRefused: ActivityQueueOptions["onRefused"]): ActivityQueue =>
  new ActivityQueue({
    ...{ client, userId, randomUUID, onRefused },
    storage: AsyncStorage,
    // For your error reports. The value is still on the phone.
    onUnreadable: (value) => console.error(`A queue of ${value.length} characters cannot be read.`),
  });

import { randomBytes } from "node:crypto";

const pattern = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}$/;

/** Name of a new backup, such as `20261122T223000Z-4f2a91c3`: the time of its beginning in UTC, and chance. They sort by time. */
export function newBackupId(now: number): string {
  const time = new Date(now).toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
  return `${time}-${randomBytes(4).toString("hex")}`;
}

/** When a backup began, by its name, or `undefined` if that is the name of no backup. */
export function backupTime(id: string): Date | undefined {
  const parts = pattern.exec(id);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

// All of them, in the order in which they are played: an area finds what those before it left.
import { apply, change, remove } from "./change.ts";
import { cluster } from "./cluster.ts";
import { create } from "./create.ts";
import { describe, get } from "./get.ts";
import { inside, run } from "./pods.ts";

export { type Area, type Command } from "./command.ts";
export const areas = [get, describe, create, apply, change, run, inside, cluster, remove];

// Every section that is played, in order.
import { command, introduction, labels } from "./sections-1-3.ts";
import { environment, probes, resourceManagement, volumes } from "./sections-4-7.ts";
import { configMaps, downward, initContainers, secrets, twoContainers } from "./sections-8-12.ts";
import type { Section } from "./step.ts";

export type { Section, Step } from "./step.ts";

export const sections: Section[] = [
  introduction, labels, command, environment, volumes, resourceManagement, probes, twoContainers, initContainers,
  configMaps, secrets, downward,
];

/** What the chapter ends with. */
export const cleanUp = "kubectl delete pod --all --now";

// Every section that is played, in order.
import { command, introduction, labels } from "./sections-1-3.ts";
import type { Section } from "./step.ts";

export type { Section, Step } from "./step.ts";

export const sections: Section[] = [introduction, labels, command];

/** What the chapter ends with. */
export const cleanUp = "kubectl delete pod --all";

// Pods by what they are to show on real containers.

/** A Pod, or another object that Pods need, and what is to be seen of it. */
export interface Case {
  name: string;
  /** A Pod's spec; with `kind` another object's fields. */
  spec?: any;
  kind?: string;
  object?: any;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** What each container has printed, or begins with; a text is the first container's. */
  log?: string | RegExp | Record<string, string | RegExp>;
  /** Part of the status. */
  status?: any;
  /** Parts of Events: `Type Reason: message`. */
  events?: string[];
  /** It is refused: with these words. */
  refused?: string;
  /** A change that is made once the status is as said, and then the status. */
  then?: { patch: any; subresource?: string; status: any; log?: string; events?: string[] };
}

export const STAY = "trap 'exit 0' TERM; while :; do sleep 0.2 & wait $!; done";

export const sh = (script: string, more: any = {}, name = "c") => ({
  name, image: "busybox", imagePullPolicy: "IfNotPresent", command: ["sh", "-c", script], ...more,
});

/** A Pod whose one container runs a script to its end. */
export const once = (script: string, container: any = {}, spec: any = {}) => ({
  restartPolicy: "Never", containers: [sh(script, container)], ...spec,
});

export const stays = (container: any = {}, spec: any = {}) => ({
  terminationGracePeriodSeconds: 1, containers: [sh(STAY, container)], ...spec,
});

export const waiting = (reason: string, message?: string) => ({ state: { waiting: message ? { reason, message } : { reason } } });
export const ended = (exitCode: number, reason: string, more: any = {}) => ({ state: { terminated: { exitCode, reason, ...more } } });
export const running = (more: any = {}) => ({ state: { running: {} }, ...more });

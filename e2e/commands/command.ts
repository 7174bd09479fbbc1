// kubectl's commands as data: what is typed, and what is seen under every release of kubectl.

export interface Command {
  /** A line for a shell; its row in the document, unless `as` is. */
  run: string;
  as?: string;
  /** 0, unless it is to fail. */
  code?: number;
  /** What the output must match; a text is all of it, with ages as `~` and one blank for several. */
  see?: RegExp | string;
  /** Run again until it is so. */
  eventually?: boolean;
  /** Written into the shell's home first: name and text. */
  files?: Record<string, string>;
  /** The first release (`1.N`) that has the command, and what is seen before that. */
  since?: { minor: number; why: string; before: RegExp };
  /** What every release sees here and would not see from a cluster: known, for this reason. */
  deviates?: string;
}

export interface Area {
  title: string;
  commands: Command[];
}

/** For what goes to a path as it is given. */
export const RAW = {
  since: { minor: 34, why: "up to 1.33 it drops the path of the server's URL, by which this server knows the sandbox", before: /^<!doctype html>|MethodNotAllowed/i },
};

/** A container that stays and ends at once when it is told to. */
export const STAY = "trap 'exit 0' TERM; while :; do sleep 0.2 & wait $!; done";

/** A Pod's manifest in YAML's flow style, which JSON is too. */
export const pod = (name: string, more: object = {}, labels: object = {}, command = STAY) => JSON.stringify({
  apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name, ...labels } },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: "c", image: "busybox", imagePullPolicy: "IfNotPresent", command: ["sh", "-c", command] }], ...more },
});

export const config = (name: string, data: object = { a: "1" }, labels?: object) =>
  `${JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels }, data })}\n`;

// What goes wrong around Pods: the server killed at any moment of their lives, containers and nodes killed by hand.
// Afterwards no Pod is lost, none runs twice, nothing is left over.
import { execFileSync } from "node:child_process";
import { expect, test } from "@playwright/test";
import { cleanUp, docker, Server } from "./server.ts";

/** Kills of the server. */
const KILLS = Number(process.env.PODGROUND_KILLS ?? (process.env.PODGROUND_LONG ? 102 : 30));
/** In a round: one while its Pods begin, the others while the next server takes them over. */
const KILLS_A_ROUND = 3;
/** The longest time between a round's requests and the first kill: by then a quiet machine has run every Pod of it. */
const SPREAD = 1600;
/** The longest life of a server that is killed again. */
const SHORT = 500;

/** A fraction that differs from one kill to the next, and is the same in every run. */
const fraction = (kill: number) => kill * 0.618 % 1;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const pods = "/sandboxes/default/api/v1/namespaces/default/pods";
const busybox = (name: string, script: string, more = {}) => ({
  name, image: "busybox", imagePullPolicy: "IfNotPresent", command: ["sh", "-c", script], ...more,
});
const STAY = "trap 'exit 0' TERM; while :; do sleep 0.2; done";
/** One line in a file of the node for every run. */
const RUN = "echo run >> /runs/$POD";
const runs = {
  env: [{ name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
  volumeMounts: [{ name: "runs", mountPath: "/runs" }],
};
const volumes = [{ name: "runs", hostPath: { path: "/var/runs", type: "DirectoryOrCreate" } }];

/** A Pod of every kind of life; all on one node, whose files tell how often each ran. */
function lives(round: number) {
  const pod = (kind: string, spec: object) => ({
    apiVersion: "v1", kind: "Pod", metadata: { name: `${kind}-${round}`, labels: { round: String(round) } },
    spec: { nodeName: "master", volumes, terminationGracePeriodSeconds: 5, ...spec },
  });
  return [
    pod("stay", { containers: [busybox("c", `${RUN}; ${STAY}`, runs)] }),
    pod("once", { restartPolicy: "Never", containers: [busybox("c", RUN, runs)] }),
    pod("init", {
      initContainers: [busybox("i", `${RUN}; sleep 0.2`, runs)],
      containers: [busybox("a", STAY), busybox("b", STAY)],
    }),
    pod("crash", { restartPolicy: "OnFailure", containers: [busybox("c", `${RUN}; [ $(wc -l < /runs/$POD) -ge 3 ]`, runs)] }),
    pod("leave", { containers: [busybox("c", `trap 'sleep 0.3; exit 0' TERM; while :; do sleep 0.1; done`)] }),
  ];
}

class Cluster {
  readonly server = new Server(["--time-scale", "50"]);

  async ask(method: string, path: string, body?: object) {
    const answer = await fetch(this.server.url + path, {
      method, body: body && JSON.stringify(body), headers: { "content-type": "application/json" },
    });
    return { status: answer.status, body: await answer.json() as any };
  }

  async list(): Promise<any[]> {
    return (await this.ask("GET", pods)).body.items;
  }

  /** Names of the containers of Pods, `container pod attempt state`; those of the pod sandboxes are called POD. */
  containers() {
    const found = docker("ps", "-a", "--filter", `label=io.podground.instance=${this.server.instance}`, "--format", "{{.Names}} {{.State}}");
    return found.flatMap((line) => {
      const [name, state] = line.split(" ");
      const [, , container, pod, , uid, attempt] = name.split("_");
      return uid ? [{ container, pod, uid, attempt, state }] : [];
    });
  }

  /** How often the containers of a Pod that count their runs ran. */
  ran(pod: string) {
    const text = execFileSync("docker", ["exec", `pg-${this.server.instance}-default-master`, "sh", "-c", `cat /var/runs/${pod} || true`], { encoding: "utf8" });
    return text.split("\n").filter(Boolean).length;
  }

  /** Holds the engine's containers to what the API says. */
  async agrees() {
    const known = new Map((await this.list()).map((pod) => [pod.metadata.uid, pod]));
    const containers = this.containers();
    for (const { uid, pod } of containers) expect(known.has(uid), `containers of ${pod}, which is gone`).toBe(true);
    for (const pod of known.values()) {
      const running = containers.filter((c) => c.uid === pod.metadata.uid && c.state === "running").map((c) => c.container).sort();
      const said = (pod.status.containerStatuses ?? []).filter((c: any) => c.state.running).map((c: any) => c.name).sort();
      // A pod sandbox that was made ahead bears no Pod's name: only that there is no other can be told.
      const apps = running.filter((name) => name !== "POD");
      expect(apps, pod.metadata.name).toEqual(said);
      if (!said.length) expect(running, pod.metadata.name).toEqual([]);
    }
  }
}

const ready = (pod: any) => pod?.status.conditions?.some((c: any) => c.type === "Ready" && c.status === "True") ?? false;
const restarts = (pod: any) => pod.status.containerStatuses[0].restartCount;

test.describe("faults", () => {
  const cluster = new Cluster();
  test.beforeAll(() => cluster.server.start());
  test.afterAll(() => cleanUp(cluster.server));

  test("the server killed at any moment", async () => {
    test.setTimeout(60_000 + KILLS * 10_000);
    for (let round = 0; round < KILLS / KILLS_A_ROUND; round++) {
      const made = lives(round);
      // The former round's Pods end while this round's begin: the kill meets both.
      const ended = round ? cluster.ask("DELETE", `${pods}?labelSelector=round%3D${round - 1}`) : undefined;
      const answers = await Promise.all(made.map((pod) => cluster.ask("POST", pods, pod)));
      expect(answers.map((answer) => answer.status)).toEqual(made.map(() => 201));
      await ended;
      const uids = new Map(answers.map(({ body }) => [body.metadata.name, body.metadata.uid]));
      const moments = [SPREAD, ...Array(KILLS_A_ROUND - 1).fill(SHORT)].map((most, n) => Math.round(fraction(KILLS_A_ROUND * round + n) * most));
      await sleep(moments[0] / 2);
      await cluster.ask("DELETE", `${pods}/leave-${round}`);
      await sleep(moments[0] / 2);
      await cluster.server.end("SIGKILL");
      await cluster.server.start();
      for (const moment of moments.slice(1)) {
        await sleep(moment);
        await cluster.server.end("SIGKILL");
        await cluster.server.start();
      }
      await test.step(`round ${round}, killed after ${moments.join(", ")} ms`, () => expect(async () => {
        const found = new Map((await cluster.list()).map((pod) => [pod.metadata.name, pod]));
        // None lost, none left: the Pods of this round but the one that was deleted, each the one that was made.
        const names = ["crash", "init", "once", "stay"].map((kind) => `${kind}-${round}`);
        expect([...found.keys()].sort()).toEqual(names);
        for (const name of names) expect(found.get(name).metadata.uid).toBe(uids.get(name));
        const [crash, init, once, stay] = names.map((name) => found.get(name));
        expect([ready(stay), ready(init)]).toEqual([true, true]);
        expect([crash.status.phase, once.status.phase]).toEqual(["Succeeded", "Succeeded"]);
        await cluster.agrees();
        // None ran twice.
        expect(names.map((name) => cluster.ran(name))).toEqual([3, 1, 1, 1]);
        expect([restarts(stay), restarts(crash)]).toEqual([0, 2]);
      }).toPass({ timeout: 30_000, intervals: [100] }));
    }
  });
});

// The engine is restarted under a running server: nodes come back, and Pods go on as after a machine's reboot.
import { execFileSync } from "node:child_process";
import { expect, test } from "@playwright/test";
import { Engine } from "./engine.ts";
import { cleanUp, Server } from "./server.ts";

const container = { image: "busybox", imagePullPolicy: "IfNotPresent" };
const POD = {
  apiVersion: "v1", kind: "Pod", metadata: { name: "stay" },
  spec: {
    containers: [
      { ...container, name: "a", command: ["sh", "-c", "echo begun; while :; do sleep 0.2; done"] },
      { ...container, name: "b", command: ["sh", "-c", "while :; do sleep 0.2; done"] },
    ],
  },
};
const ENDED = {
  apiVersion: "v1", kind: "Pod", metadata: { name: "ended" },
  spec: { restartPolicy: "Never", containers: [{ ...container, name: "c", command: ["true"] }] },
};

test("an engine that is restarted", async () => {
  const engine = new Engine();
  let server: Server | undefined;
  try {
    await engine.up(["busybox", "podground-pause", "podground-node"]);
    server = new Server(["--docker", engine.address, "--time-scale", "20"], engine);
    await server.start();
    const { url } = server;
    const ask = (path: string, body?: object) => {
      const data = body ? ["-H", "content-type: application/json", "-d", JSON.stringify(body)] : [];
      const [command, ...args] = [...engine.inside, "curl", "-s", `${url}/sandboxes/default/api/v1/${path}`, ...data];
      return JSON.parse(execFileSync(command, args, { encoding: "utf8" }));
    };
    const pod = (name: string) => ask(`namespaces/default/pods/${name}`);
    for (const made of [POD, ENDED]) ask("namespaces/default/pods", made);
    const ready = (object: any) => object.status.conditions?.find((c: any) => c.type === "Ready")?.status;
    await expect(() => {
      expect(ready(pod("stay"))).toBe("True");
      expect(pod("ended").status.phase).toBe("Succeeded");
    }).toPass({ timeout: 60_000, intervals: [100] });
    const before = pod("stay");

    await engine.stop();
    await engine.start();
    await expect(() => {
      const after = pod("stay");
      expect(after.metadata.uid).toBe(before.metadata.uid);
      expect(after.status.containerStatuses.map((c: any) => [c.name, c.ready, c.restartCount])).toEqual([["a", true, 1], ["b", true, 1]]);
      expect(ready(after)).toBe("True");
      const ended = pod("ended");
      expect([ended.status.phase, ended.status.containerStatuses[0].restartCount]).toEqual(["Succeeded", 0]);
      expect(ask("nodes").items.map(ready)).toEqual(["True", "True"]);
      const running = engine.docker("ps", "--format", "{{.Names}}");
      expect(running.filter((name) => name.includes("_stay_") && !name.includes("_POD_")).length).toBe(2);
      expect(running.filter((name) => /-(master|worker)$/.test(name)).length).toBe(2);
    }).toPass({ timeout: 60_000, intervals: [250] });
  } finally {
    if (server) await cleanUp(server);
    await engine.down();
  }
});

// What a Pod's spec says, field by field, on real containers: what its containers print, its status, its Events.
import { expect, test } from "@playwright/test";
import type { Case } from "../pods/case.ts";
import { environment } from "../pods/environment.ts";
import { lives } from "../pods/lives.ts";
import { places, reaches } from "../pods/places.ts";
import { probes } from "../pods/probes.ts";
import { security } from "../pods/security.ts";
import { cleanUp, Server } from "./server.ts";

const kinds: Record<string, string> = { Pod: "pods", ConfigMap: "configmaps", Secret: "secrets" };

/** Each Pod's status when it was last looked at. */
const last = new Map<string, any>();

class Space {
  readonly server = new Server(["--time-scale", "10"]);

  async ask(method: string, path: string, body?: object, type = "application/json") {
    const answer = await fetch(`${this.server.url}/sandboxes/default/api/v1/${path}`, {
      method, body: body && JSON.stringify(body), headers: { "content-type": type },
    });
    const text = await answer.text();
    return { status: answer.status, text, body: text.startsWith("{") ? JSON.parse(text) : undefined };
  }

  make(namespace: string, each: Case) {
    const { kind = "Pod", name, labels, annotations, spec, object } = each;
    const whole = { apiVersion: "v1", kind, metadata: { name, labels, annotations }, ...(spec && { spec }), ...object };
    return this.ask("POST", `namespaces/${namespace}/${kinds[kind]}`, whole);
  }

  async isAsSaid(namespace: string, each: Case) {
    const path = `namespaces/${namespace}/pods/${each.name}`;
    const { body } = await this.ask("GET", path);
    last.set(each.name, body.status);
    if (each.status) holds(body.status, each.status, "status");
    const logs = typeof each.log === "string" || each.log instanceof RegExp ? { "": each.log } : each.log ?? {};
    for (const [container, log] of Object.entries(logs)) {
      const { text } = await this.ask("GET", `${path}/log${container && `?container=${container}`}`);
      if (typeof log === "string") expect(text, "log").toBe(log);
      else expect(text, "log").toMatch(log);
    }
    if (!each.events) return;
    const found = await this.ask("GET", `namespaces/${namespace}/events?fieldSelector=involvedObject.name%3D${each.name}`);
    const said = found.body.items.map((event: any) => `${event.type} ${event.reason}: ${event.message}`).join("\n");
    for (const event of each.events) expect(said).toContain(event);
  }
}

/** Whether all that is said is there; conditions are found by their type. */
function holds(found: any, said: any, at: string) {
  if (Array.isArray(said)) {
    said.forEach((each, n) => {
      const other = each.type ? found?.find((one: any) => one.type === each.type) : found?.[n];
      holds(other, each, `${at}[${each.type ?? n}]`);
    });
  } else if (said && typeof said === "object") {
    expect(found, at).toBeTruthy();
    for (const [key, value] of Object.entries(said)) holds(found[key], value, `${at}.${key}`);
  } else {
    expect(found, at).toBe(said);
  }
}

const PATIENCE = { timeout: 120_000, intervals: [200] };

test.describe("Pods", () => {
  test.describe.configure({ mode: "default" });
  const space = new Space();
  test.beforeAll(() => space.server.start());
  test.afterAll(() => cleanUp(space.server));

  const groups: Record<string, Case[]> = { security, environment, lives, places, probes };
  for (const [group, cases] of Object.entries(groups)) {
    test(group, async () => {
      const namespace = `pods-${group}`;
      await space.ask("POST", "namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      await expect(async () => expect((await space.ask("GET", `namespaces/${namespace}/serviceaccounts/default`)).status).toBe(200)).toPass(PATIENCE);
      for (const each of cases) {
        const answer = await space.make(namespace, each);
        const wanted = each.refused ? [403, 422] : [201];
        expect(wanted, `${each.name}: ${answer.text}`).toContain(answer.status);
        if (each.refused) expect(answer.body.message).toContain(each.refused);
      }
      const pods = cases.filter(({ kind, refused }) => !kind && !refused);
      const done = await Promise.allSettled(pods.map((each) => comesTrue(namespace, each)));
      // All that went wrong at once.
      expect(done.flatMap((each, n) => each.status === "rejected" ? [`${pods[n].name}: ${each.reason.message}\n${JSON.stringify(last.get(pods[n].name))}`] : [])).toEqual([]);
      if (group === "places") await later(namespace);
      await space.ask("DELETE", `namespaces/${namespace}/pods`, { gracePeriodSeconds: 0 });
      await space.ask("DELETE", `namespaces/${namespace}`);
      await expect(async () => expect((await space.ask("GET", `namespaces/${namespace}`)).status).toBe(404)).toPass(PATIENCE);
    });
  }

  async function comesTrue(namespace: string, each: Case) {
    await expect(() => space.isAsSaid(namespace, each)).toPass(PATIENCE);
    if (!each.then) return;
    const { patch, subresource, ...seen } = each.then;
    const path = `namespaces/${namespace}/pods/${each.name}${subresource ? `/${subresource}` : ""}`;
    const answer = await space.ask("PATCH", path, patch, "application/strategic-merge-patch+json");
    expect(answer.status, answer.text).toBe(200);
    await expect(() => space.isAsSaid(namespace, { name: each.name, ...seen })).toPass(PATIENCE);
  }

  /** What takes a Pod's address, or a change. */
  async function later(namespace: string) {
    const { body } = await space.ask("GET", `namespaces/${namespace}/pods/listens`);
    for (const node of ["master", "worker"]) {
      const each = reaches(`from-${node}`, body.status.podIP, node);
      expect((await space.make(namespace, each)).status).toBe(201);
      await expect(() => space.isAsSaid(namespace, each)).toPass(PATIENCE);
    }
    await space.ask("PATCH", `namespaces/${namespace}/configmaps/changing`, { data: { a: "new" } }, "application/merge-patch+json");
    await expect(() => space.isAsSaid(namespace, { name: "updated", status: { phase: "Succeeded" } })).toPass(PATIENCE);
  }
});

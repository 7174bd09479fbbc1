// What programs in JavaScript do with a cluster, by the official client of npm.
//
// The only argument is a kubeconfig. Everything happens in a namespace that is made first and deleted last.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import * as k8s from "@kubernetes/client-node";
import { check, eventually, refused, run } from "./report.js";

const namespace = "client-javascript";
const config = new k8s.KubeConfig();
config.loadFromFile(process.argv[2]);
const core = config.makeApiClient(k8s.CoreV1Api);
const objects = k8s.KubernetesObjectApi.makeApiClient(config);

const pod = (name, command, more = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { app: name } },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: "c", image: "busybox", command: ["sh", "-c", command], ...more }] },
});
const map = (name, data, labels) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, labels }, data });

const running = (name) =>
  eventually(`${name} runs`, async () => (await core.readNamespacedPod({ name, namespace })).status.phase === "Running");

/** A stream that remembers what was written to it. */
function kept() {
  const stream = new PassThrough();
  stream.text = "";
  stream.on("data", (part) => (stream.text += part));
  return stream;
}

/** Runs a command to its end. */
async function exec(command, { input, tty = false } = {}) {
  const [out, err] = [kept(), kept()];
  const source = input === undefined ? null : Readable.from([input]);
  const status = await new Promise((resolve, reject) => {
    const stderr = tty ? null : err;
    new k8s.Exec(config).exec(namespace, "box", "c", command, out, stderr, source, tty, resolve).catch(reject);
  });
  return { out: out.text, err: err.text, status };
}

check("create a namespace and a Pod", async () => {
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  await core.createNamespacedPod({ namespace, body: pod("box", "echo started; exec httpd -f -p 8080 -h /etc") });
  await running("box");
  const found = await core.readNamespacedPod({ name: "box", namespace });
  assert.equal(found.spec.containers[0].imagePullPolicy, "Always");
  assert.ok(found.metadata.creationTimestamp instanceof Date);
  assert.ok(found.status.containerStatuses[0].ready);
});

check("errors are Status objects in Kubernetes' words", async () => {
  const missing = await refused(404, () => core.readNamespacedPod({ name: "nobody", namespace }));
  assert.equal(missing.message, 'pods "nobody" not found');
  const again = await refused(409, () => core.createNamespacedPod({ namespace, body: pod("box", "true") }));
  assert.equal(again.reason, "AlreadyExists");
});

check("discovery of groups and resources", async () => {
  const groups = await config.makeApiClient(k8s.ApisApi).getAPIVersions();
  assert.ok(groups.groups.some((group) => group.name === "coordination.k8s.io"));
  const resources = await core.getAPIResources();
  assert.deepEqual(resources.resources.find((each) => each.name === "pods").shortNames, ["po"]);
});

check("list in pages", async () => {
  for (const name of ["page-1", "page-2", "page-3"]) {
    await core.createNamespacedConfigMap({ namespace, body: map(name, {}, { page: "yes" }) });
  }
  const query = { namespace, labelSelector: "page=yes", limit: 2 };
  const first = await core.listNamespacedConfigMap(query);
  const rest = await core.listNamespacedConfigMap({ ...query, _continue: first.metadata._continue });
  assert.deepEqual([...first.items, ...rest.items].map((each) => each.metadata.name), ["page-1", "page-2", "page-3"]);
});

check("watch, until the server ends it", async () => {
  const seen = [];
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const { metadata } = await core.listNamespacedConfigMap({ namespace });
  const query = { resourceVersion: metadata.resourceVersion, labelSelector: "watched=yes", timeoutSeconds: 5 };
  const ended = new Promise((resolve, reject) => {
    const see = (type, object) => seen.push(`${type} ${object.metadata.name} ${JSON.stringify(object.data)}`);
    new k8s.Watch(config).watch(path, query, see, (error) => (error && error !== k8s.Watch.SERVER_SIDE_CLOSE ? reject(error) : resolve())).catch(reject);
  });
  const body = map("watched", { a: "1" }, { watched: "yes" });
  await core.createNamespacedConfigMap({ namespace, body });
  await core.replaceNamespacedConfigMap({ name: "watched", namespace, body: { ...body, data: { a: "2" } } });
  await core.replaceNamespacedConfigMap({ name: "watched", namespace, body: map("watched", { a: "3" }, {}) });
  await ended;
  // What no longer matches is gone for this watch, and is shown as it is now.
  assert.deepEqual(seen, ['ADDED watched {"a":"1"}', 'MODIFIED watched {"a":"2"}', 'DELETED watched {"a":"3"}']);
});

check("an informer sees everything over broken connections", async () => {
  const broken = await cuttable(new URL(config.getCurrentCluster().server));
  const through = new k8s.KubeConfig();
  through.loadFromFile(process.argv[2]);
  through.clusters = through.clusters.map((cluster) => ({ ...cluster, server: broken.url }));
  const api = through.makeApiClient(k8s.CoreV1Api);
  const list = () => api.listNamespacedConfigMap({ namespace, labelSelector: "informed=yes" });
  const informer = k8s.makeInformer(through, `/api/v1/namespaces/${namespace}/configmaps`, list, "informed=yes");
  const seen = [];
  informer.on("add", (object) => seen.push(`add ${object.metadata.name}`));
  informer.on("delete", (object) => seen.push(`delete ${object.metadata.name}`));
  let restarting;
  informer.on("error", () => (restarting ??= setTimeout(() => ((restarting = undefined), informer.start()), 200)));
  await informer.start();
  const create = (name) => core.createNamespacedConfigMap({ namespace, body: map(name, {}, { informed: "yes" }) });
  await create("one");
  await eventually("one", () => seen.includes("add one"));
  broken.cut();
  await create("two");
  await core.deleteNamespacedConfigMap({ name: "one", namespace });
  await eventually("what happened meanwhile", () => seen.includes("add two") && seen.includes("delete one"));
  assert.deepEqual(informer.list(namespace).map((object) => object.metadata.name), ["two"]);
  await informer.stop();
  clearTimeout(restarting);
  broken.close();
});

/** A way to the server whose connections can be cut. */
async function cuttable(target) {
  const open = new Set();
  const server = createServer((near) => {
    const far = createConnection(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => {}).on("close", () => (near.destroy(), far.destroy(), open.delete(socket)));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => open.forEach((socket) => socket.destroy());
  return { url: `http://127.0.0.1:${server.address().port}${target.pathname}`, cut, close: () => (server.close(), cut()) };
}

check("logs, followed to their end", async () => {
  const body = pod("lines", "for i in 1 2 3; do echo $i; sleep 0.2; done");
  body.spec.restartPolicy = "Never";
  await core.createNamespacedPod({ namespace, body });
  await eventually("it runs", async () => (await core.readNamespacedPod({ name: "lines", namespace })).status.phase !== "Pending");
  const lines = kept();
  await new k8s.Log(config).log(namespace, "lines", "c", lines, { follow: true });
  await eventually("the end", () => lines.writableEnded);
  assert.equal(lines.text, "1\n2\n3\n");
});

check("exec: output, errors and exit code", async () => {
  const { out, err, status } = await exec(["sh", "-c", "echo out; echo err >&2; exit 3"]);
  assert.deepEqual([out, err, status.status, status.reason], ["out\n", "err\n", "Failure", "NonZeroExitCode"]);
  assert.deepEqual(status.details.causes, [{ reason: "ExitCode", message: "3" }]);
  assert.equal((await exec(["true"])).status.status, "Success");
});

check("exec with standard input that ends", async () => {
  const { out, status } = await exec(["sh", "-c", "wc -c"], { input: "x".repeat(200_000) });
  assert.deepEqual([out.trim(), status.status], ["200000", "Success"]);
});

check("exec with a terminal", async () => {
  const { out, status } = await exec(["sh", "-c", "test -t 0 && echo terminal"], { tty: true, input: "" });
  assert.deepEqual([out, status.status], ["terminal\r\n", "Success"]);
});

check("attach", async () => {
  await core.createNamespacedPod({ namespace, body: pod("cat", "exec cat", { stdin: true }) });
  await running("cat");
  const [input, out] = [new PassThrough(), kept()];
  const socket = await new k8s.Attach(config).attach(namespace, "cat", "c", out, null, input, false);
  input.write("echoed\n");
  await eventually("the echo", () => out.text === "echoed\n");
  socket.close();
});

check("cp to a Pod and back", async () => {
  const here = mkdtempSync(join(tmpdir(), "podground-cp-"));
  // Not before: the library goes on with a file, whose bytes are there, after it has said that it is done.
  process.on("exit", () => rmSync(here, { recursive: true, force: true }));
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251));
  writeFileSync(join(here, "there"), bytes);
  const cp = new k8s.Cp(config);
  await cp.cpToPod(namespace, "box", "c", here, "/tmp");
  await eventually("the file is there", async () => (await exec(["wc", "-c", "/tmp/there"])).out.startsWith("100000 "));
  rmSync(join(here, "there"));
  await cp.cpFromPod(namespace, "box", "c", "there", here, "/tmp");
  const same = () => {
    try {
      return readFileSync(join(here, "there")).equals(bytes);
    } catch {
      return false;
    }
  };
  await eventually("the file is back", same);
});

check("port-forward", async () => {
  const [out, err, input] = [kept(), kept(), new PassThrough()];
  const socket = await new k8s.PortForward(config).portForward(namespace, "box", [8080], out, err, input);
  input.write("GET /hostname HTTP/1.0\r\n\r\n");
  await eventually("the answer", () => out.text.endsWith("box\n"));
  assert.match(out.text, /^HTTP\/1\.\d 200/);
  assert.equal(err.text, "");
  socket.close();
});

check("port-forward to a port where nobody listens says so", async () => {
  const [out, err] = [kept(), kept()];
  await new k8s.PortForward(config).portForward(namespace, "box", [9999], out, err, new PassThrough());
  await eventually("the error", () => /refused/.test(err.text));
  assert.equal(out.text, "");
});

check("patch of every type", async () => {
  await core.createNamespacedConfigMap({ namespace, body: map("patched", { a: "1", b: "2" }) });
  const patch = async (type, body) => {
    const options = k8s.setHeaderOptions("Content-Type", type);
    return (await core.patchNamespacedConfigMap({ name: "patched", namespace, body }, options)).data;
  };
  assert.deepEqual(await patch(k8s.PatchStrategy.MergePatch, { data: { a: null } }), { b: "2" });
  const add = [{ op: "add", path: "/data/c", value: "3" }];
  assert.deepEqual(await patch(k8s.PatchStrategy.JsonPatch, add), { b: "2", c: "3" });
  const replace = { data: { $patch: "replace", d: "4" } };
  assert.deepEqual(await patch(k8s.PatchStrategy.StrategicMergePatch, replace), { d: "4" });
});

check("server-side apply: create, conflict, force", async () => {
  const apply = (data, manager, force) =>
    objects.patch(map("applied", data), undefined, undefined, manager, force, k8s.PatchStrategy.ServerSideApply);
  assert.deepEqual((await apply({ a: "1", b: "1" }, "one")).data, { a: "1", b: "1" });
  const conflict = await refused(409, () => apply({ a: "2" }, "two"));
  assert.match(conflict.message, /^Apply failed with 1 conflict: conflict with "one"( using v1)?: \.data\.a$/);
  assert.deepEqual((await apply({ a: "2" }, "two", true)).data, { a: "2", b: "1" });
});

check("objects of any kind by discovery", async () => {
  const made = await objects.create(map("any", { a: "1" }));
  assert.equal(made.kind, "ConfigMap");
  const read = await objects.read({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "any", namespace } });
  assert.deepEqual(read.data, { a: "1" });
  const list = await objects.list("v1", "ConfigMap", namespace);
  assert.ok(list.items.some((each) => each.metadata.name === "any"));
  await objects.delete(read);
  await refused(404, () => objects.read({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "any", namespace } }));
});

check("top of nodes and Pods, from the metrics API", async () => {
  const nodes = await k8s.topNodes(core);
  assert.ok(nodes.length >= 2 && nodes.every((each) => each.CPU.Capacity > 0));
  await eventually("figures of the Pod", async () => {
    const pods = await k8s.topPods(core, new k8s.Metrics(config), namespace);
    return pods.some((each) => each.Pod.metadata.name === "box" && Number(each.Memory.CurrentUsage) > 0);
  });
});

check("delete a Pod, then the namespace", async () => {
  await core.deleteNamespacedPod({ name: "cat", namespace, gracePeriodSeconds: 0 });
  await core.deleteNamespace({ name: namespace });
  const names = async () => (await core.listNamespace()).items.map((each) => each.metadata.name);
  await eventually("the namespace is gone", async () => !(await names()).includes(namespace));
});

await run();

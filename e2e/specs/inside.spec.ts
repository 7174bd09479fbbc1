// What a sandbox sees of its host: the API over TLS and with a token, and no other port.
import { expect, test } from "@playwright/test";
import { freshSandbox, removeSandbox } from "./sandbox.ts";
import { Shell } from "./shell.ts";

const sandbox = "inside";

test("Pods reach the API with a token only, and nothing else of the host", async ({ request, baseURL }) => {
  await freshSandbox(request, sandbox);
  const kubeconfig = await request.get(`/playground/v1/sandboxes/${sandbox}/kubeconfig`);
  const shell = new Shell(process.env.PODGROUND_KUBECTL!, await kubeconfig.text());
  try {
    const { podCIDR } = await (await request.get(`/playground/v1/sandboxes/${sandbox}`)).json();
    const gateway = podCIDR.replace(/\.0\/22$/, ".1");
    await shell.play({ run: "kubectl run probe --image curlimages/curl --image-pull-policy IfNotPresent --command -- sleep 1000", see: /created/ });
    await shell.play({ run: "kubectl get pod probe", see: /1\/1\s+Running/, eventually: true });
    const curl = (url: string) => shell.run(`kubectl exec probe -- curl -sk -m 3 -o /dev/null -w '%{http_code}' ${url}`);
    expect((await curl(`https://${gateway}:6443/sandboxes/${sandbox}/api/v1/pods`)).output).toBe("403");
    // The page's own port is on loopback, and the firewall closes whatever listens on all addresses.
    const port = new URL(baseURL!).port;
    expect((await curl(`http://${gateway}:${port}/healthz`)).code).not.toBe(0);
    expect((await curl(`http://${gateway}:22/`)).code).not.toBe(0);
  } finally {
    shell.remove();
    await removeSandbox(request, sandbox);
  }
});

test("files of the learner's home are read, listed, written and removed", async ({ request }) => {
  const files = "/playground/v1/sandboxes/default/files";
  const text = "apiVersion: v1\nkind: Pod # 파드\n";
  expect((await request.put(`${files}/e2e%20dir/pod.yaml`, { data: text })).status()).toBe(204);
  expect(await (await request.get(`${files}/e2e%20dir/pod.yaml`)).text()).toBe(text);
  const listing = await (await request.get(`${files}/e2e%20dir`)).json();
  expect(listing.items).toEqual([{ name: "pod.yaml", type: "file", size: Buffer.byteLength(text) }]);
  expect((await request.delete(`${files}/e2e%20dir`)).status()).toBe(204);
  expect((await request.get(`${files}/e2e%20dir/pod.yaml`)).status()).toBe(404);
  expect((await request.get(`${files}/..%2f..%2fetc/passwd`)).status()).toBe(400);
});

test("requests of other sites' pages are refused", async ({ request }) => {
  const foreign = await request.get("/sandboxes/default/api/v1/pods", { headers: { Origin: "http://evil.example" } });
  expect(foreign.status()).toBe(403);
});

// Pulls, from a real registry that asks for a name and a password.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { freshSandbox, removeSandbox } from "./sandbox.ts";
import { docker, freePort } from "./server.ts";
import { Shell } from "./shell.ts";

const sandbox = "registry";
/** The password `tea`, as `htpasswd -B` writes it. */
const HASH = "$2b$05$6R9lW7O50292YhFd1LQFGOW2X604gyBVb3AWLdC7PAElHvrGDGJ9q";

test("pull secrets, pull policies, and what a pull says", async ({ request }) => {
  const folder = mkdtempSync(join(tmpdir(), "podground-registry-"));
  const address = `127.0.0.1:${await freePort()}`;
  const image = `${address}/team/tool:1`;
  writeFileSync(join(folder, "passwords"), `learner:${HASH}\n`);
  writeFileSync(join(folder, "config.yml"), JSON.stringify({
    version: 0.1, log: { level: "error" }, http: { addr: address }, storage: { filesystem: { rootdirectory: join(folder, "data") } },
    auth: { htpasswd: { realm: "tests", path: join(folder, "passwords") } },
  }));
  const registry: ChildProcess = spawn(process.env.PODGROUND_REGISTRY!, ["serve", join(folder, "config.yml")], { stdio: "ignore" });
  let shell: Shell | undefined;
  try {
    await expect(async () => expect((await fetch(`http://${address}/v2/`)).status).toBe(401)).toPass({ timeout: 20_000 });
    // The files alone: an image with the set-up's labels would pass for a stand-in.
    const [container] = docker("create", "busybox:latest");
    execFileSync("sh", ["-c", `docker export ${container} | docker import - ${image}`], { stdio: "ignore" });
    docker("rm", container);
    execFileSync("docker", ["--config", folder, "login", "-u", "learner", "--password-stdin", address], { input: "tea", stdio: ["pipe", "ignore", "ignore"] });
    docker("--config", folder, "push", "-q", image);
    docker("rmi", image);

    await freshSandbox(request, sandbox);
    const kubeconfig = await request.get(`/playground/v1/sandboxes/${sandbox}/kubeconfig`);
    shell = new Shell(process.env.PODGROUND_KUBECTL!, await kubeconfig.text());
    const create = async (name: string, policy: string, secret = "") => {
      shell!.write(`${name}.yaml`, `apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  restartPolicy: Never
  ${secret && `imagePullSecrets: [{name: ${secret}}]`}
  containers: [{name: c, image: "${image}", imagePullPolicy: ${policy}, command: [echo, pulled]}]
`);
      await shell!.play({ run: `kubectl apply -f ${name}.yaml`, see: /created/ });
    };
    const secret = (name: string, password: string) =>
      shell!.play({ run: `kubectl create secret docker-registry ${name} --docker-server=${address} --docker-username=learner --docker-password=${password}`, see: /created/ });
    await secret("right", "tea");
    await secret("wrong", "coffee");

    await create("never", "Never");
    await shell.play({ run: "kubectl get pod never", see: /ErrImageNeverPull/, eventually: true });
    await create("nobody", "IfNotPresent");
    await shell.play({ run: "kubectl get pod nobody", see: /ErrImagePull|ImagePullBackOff/, eventually: true });
    await shell.play({ run: "kubectl describe pod nobody", see: new RegExp(`Warning +Failed .*Failed to pull image "${image}": .*no basic auth credentials`), eventually: true });
    await create("stranger", "IfNotPresent", "wrong");
    await shell.play({ run: "kubectl describe pod stranger", see: /Failed to pull image .*unauthorized: authentication required/, eventually: true });
    await create("known", "IfNotPresent", "right");
    await shell.play({ run: "kubectl get pod known", see: /Completed/, eventually: true });
    await shell.play({ run: "kubectl logs known", see: /^pulled$/m });
    const pulled = new RegExp(`Normal +Pulled .*Successfully pulled image "${image}" in [0-9.]+m?s \\([0-9.]+m?s including waiting\\)\\. Image size: \\d+ bytes\\.`);
    await shell.play({ run: "kubectl describe pod known", see: pulled });
    // By now it is there; `Always` asks the registry all the same.
    await create("always", "Always", "right");
    await shell.play({ run: "kubectl get pod always", see: /Completed/, eventually: true });
    await shell.play({ run: "kubectl describe pod always", see: pulled });
    await create("present", "IfNotPresent");
    await shell.play({ run: "kubectl get pod present", see: /Completed/, eventually: true });
    await shell.play({ run: "kubectl describe pod present", see: /Normal +Pulled .*already present on machine/ });
    // The secret may come with the Pod's service account.
    await shell.play({ run: `kubectl patch serviceaccount default -p '{"imagePullSecrets": [{"name": "right"}]}'`, see: /patched/ });
    await create("by-account", "Always");
    await shell.play({ run: "kubectl get pod by-account", see: /Completed/, eventually: true });
  } finally {
    await removeSandbox(request, sandbox);
    shell?.remove();
    registry.kill("SIGTERM");
    execFileSync("docker", ["rmi", "-f", image], { stdio: "ignore" });
    rmSync(folder, { recursive: true, force: true });
  }
});

// kill -9 of the server: what was acknowledged is still there, and running Pods are taken over, not restarted.
import { expect, test } from "@playwright/test";
import { cleanUp, docker, Server } from "./server.ts";
import type { Shell } from "./shell.ts";

test("a killed server takes its Pods over", async () => {
  const server = new Server();
  let shell: Shell | undefined;
  try {
    await server.start();
    shell = await server.shell();
    const keep = "sh -c 'echo started; trap \"exit 0\" TERM; while :; do sleep 1; done'";
    await shell.play({ run: `kubectl run keep --image busybox --image-pull-policy IfNotPresent --command -- ${keep}`, see: /created/ });
    await shell.play({ run: "kubectl get pod keep", see: /1\/1\s+Running/, eventually: true });
    await shell.play({ run: "kubectl run fail --image busybox --image-pull-policy IfNotPresent --command -- sh -c 'exit 1'", see: /created/ });
    await shell.play({ run: "kubectl get pod fail", see: /(Error|CrashLoopBackOff)\s+[1-9]/, eventually: true });
    const facts = "kubectl get pod keep -o jsonpath='{.metadata.uid} {.status.podIP} {.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}'";
    const before = await shell.run(facts);
    const restarts = Number((await shell.run("kubectl get pod fail -o jsonpath='{.status.containerStatuses[0].restartCount}'")).output);

    await Promise.all(Array.from({ length: 20 }, (_, n) => shell!.play({ run: `kubectl create configmap c${n} --from-literal n=${n}`, see: /created/ })));
    await server.end("SIGKILL");
    await server.start();

    expect(await shell.run(facts)).toEqual(before);
    await shell.play({ run: "kubectl get configmap -o name | grep -c configmap/c", see: /^20$/m });
    await shell.play({ run: "kubectl logs keep", see: /^started$/m });
    await shell.play({ run: "kubectl exec keep -- echo alive", see: /^alive$/m });
    const after = Number((await shell.run("kubectl get pod fail -o jsonpath='{.status.containerStatuses[0].restartCount}'")).output);
    expect(after).toBeGreaterThanOrEqual(restarts);

    // What is deleted while the server is away from its containers leaves nothing behind.
    await shell.play({ run: "kubectl delete pod keep fail --now", see: /"keep" deleted/ });
    const left = docker("ps", "-aq", "--filter", `label=io.podground.instance=${server.instance}`, "--filter", "label=io.podground.pod.name");
    expect(left).toEqual([]);
  } finally {
    shell?.remove();
    await cleanUp(server);
  }
});

// A node's machine is switched off and on again: the control plane notices, evicts, and takes it back.
import { expect, test } from "@playwright/test";
import { cleanUp, Server } from "./server.ts";
import type { Shell } from "./shell.ts";

const pod = (name: string, more = "") => `apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  nodeName: worker
  terminationGracePeriodSeconds: 1
${more}  containers:
  - {name: c, image: busybox, imagePullPolicy: IfNotPresent, command: [sleep, "3600"]}
`;
/** Gives up on a dead node after two seconds; as admission would have it, it is five minutes. */
const impatient = `  tolerations:
  - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 2}
  - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 2}
`;

test("a node that goes away and comes back", async () => {
  const server = new Server();
  let shell: Shell | undefined;
  try {
    await server.start();
    shell = await server.shell();
    const worker = `pg-${server.instance}-default-worker`;
    await shell.play({ files: { "pods.yaml": `${pod("impatient", impatient)}---\n${pod("patient")}` }, run: "kubectl apply -f pods.yaml", see: /pod\/patient created/ });
    await shell.play({ run: "kubectl get pods", see: /impatient\s+1\/1[^]*\spatient\s+1\/1|^patient\s+1\/1/m, eventually: true });

    server.docker("kill", worker);
    // 40 seconds without a lease, as in a cluster.
    const noticed = async (jsonpath: string, seen: string) =>
      expect(async () => expect((await shell!.run(`kubectl get node worker -o jsonpath='${jsonpath}'`)).output).toContain(seen)).toPass({ timeout: 90_000, intervals: [500] });
    await noticed('{.status.conditions[?(@.type=="Ready")].status}', "Unknown");
    await noticed("{.spec.taints[*].key}", "node.kubernetes.io/unreachable");
    await shell.play({ run: "kubectl get pods", see: /impatient\s+1\/1\s+Terminating/, eventually: true });
    await shell.play({ run: "kubectl get pods", see: /^patient\s+1\/1\s+Running/m });

    server.docker("start", worker);
    await noticed('{.status.conditions[?(@.type=="Ready")].status}', "True");
    await shell.play({ run: "kubectl get node worker -o jsonpath='{.spec.taints[*].key}' && echo ' (all)'", see: /^ \(all\)/, eventually: true });
    await shell.play({ run: "kubectl get pods", miss: /impatient/, see: /^patient\s+1\/1\s+Running\s+1/m, eventually: true });

    await shell.play({ run: "kubectl drain worker --force --ignore-daemonsets", see: /node\/worker drained/ });
    await shell.play({ run: "kubectl get pods,nodes", see: /worker\s+Ready,SchedulingDisabled/, miss: /patient/ });
  } finally {
    shell?.remove();
    await cleanUp(server);
  }
});

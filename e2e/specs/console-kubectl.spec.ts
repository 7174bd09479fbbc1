// The console's kubectl against the real one where there are containers: the same commands on the same Pods, their
// output and exit codes equal byte for byte but for ages. (Without containers: backend/tests/console_vs_kubectl.)
import { expect, test } from "@playwright/test";
import { freshSandbox, removeSandbox } from "./sandbox.ts";
import { Shell } from "./shell.ts";

const sandbox = "console-kubectl";
const two = `apiVersion: v1
kind: Pod
metadata: {name: two, labels: {app: two}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: a, image: busybox, imagePullPolicy: IfNotPresent, command: [sh, -c, "echo from a; echo 'more of a'; sleep 1000"]}
  - {name: b, image: busybox, imagePullPolicy: IfNotPresent, command: [sh, -c, "echo from b; sleep 1000"]}
`;
const said = `apiVersion: v1
kind: Pod
metadata: {name: said}
spec:
  restartPolicy: Never
  containers:
  - {name: c, image: busybox, imagePullPolicy: IfNotPresent, command: [sh, -c, "echo one; echo two; echo 셋"]}
`;

/** `kubectl` is the one, and then the other. */
const commands = `
kubectl logs said
kubectl logs pod/said
kubectl logs -f said
kubectl logs said --tail=1
kubectl logs said --limit-bytes=5
kubectl logs said --since=1h --timestamps
kubectl logs said --since-time=2100-01-01T00:00:00Z
kubectl logs said --previous
kubectl logs said -c nope
kubectl logs two
kubectl logs two -c b
kubectl logs two b
kubectl logs two --all-containers | sort
kubectl logs two --all-containers --prefix | sort
kubectl logs -l app=two
kubectl logs -l app=two --all-containers --prefix | sort
kubectl logs -l app=none
kubectl exec two -- echo hello
kubectl exec two -c b -- cat /etc/hostname
kubectl exec pod/two -c a -- sh -c 'echo out; echo err >&2; exit 3'
kubectl exec two -- nosuchprogram
kubectl exec two -c nope -- ls
kubectl exec said -- ls
kubectl exec two -- env --nosuch
printf 'a\\nb\\n' | kubectl exec -i two -- wc -l
printf abc | kubectl exec -i two -c b -- tr a-z A-Z
kubectl attach said
kubectl attach two -c nope
kubectl attach pod said
kubectl attach node/worker
kubectl attach node worker
kubectl exec node/worker -- ls
kubectl exec two -n nowhere -- ls
kubectl logs node/worker
kubectl logs said nope
kubectl logs two -n nowhere
kubectl port-forward node/worker 80
kubectl port-forward said 80
kubectl debug ns/default --image=busybox
kubectl get pod two -n nowhere
kubectl describe pod two -n nowhere
kubectl cp two:/etc/hostname got && cat got
kubectl cp -c b sent two:/tmp/sent && kubectl exec two -c b -- cat /tmp/sent
kubectl exec two -c a -- rm -rf /tmp/tree && kubectl cp tree two:/tmp/tree && kubectl exec two -- find /tmp/tree -type f
kubectl cp two:/tmp/tree back && find back -type f | sort
kubectl cp sent nosuch:/tmp/sent
kubectl wait pod/two --for=condition=Ready --timeout=5s
kubectl wait pod/said --for=jsonpath='{.status.phase}'=Succeeded
kubectl wait pod/said --for=condition=Ready --timeout=1s
kubectl get pod
kubectl get pod -o wide
kubectl get pod two -o yaml
kubectl get pod two -o jsonpath='{.status.podIP} {.spec.nodeName} {.status.containerStatuses[*].ready}'
kubectl get pod --field-selector=status.phase=Running -o name
kubectl get pod --sort-by=.status.startTime -o custom-columns=N:.metadata.name,R:.status.containerStatuses[*].restartCount
kubectl describe pod two
kubectl describe pod said
kubectl describe node worker
kubectl get nodes -o wide
kubectl get pod -A -o wide --show-labels
kubectl drain worker --dry-run=client
kubectl drain master worker --dry-run=client --force --ignore-daemonsets
kubectl run once --image=busybox --image-pull-policy=IfNotPresent --restart=Never --rm -i --quiet -- sh -c 'sleep 1; echo hi'
kubectl run twice --image=busybox --image-pull-policy=IfNotPresent --restart=Never --attach --rm -- sh -c 'sleep 1; echo hi; exit 4'
kubectl delete pod nosuch two --dry-run=server
`.trim().split("\n");

/** Ages are other ones a moment later, and what `tar` says comes in time or not. */
const steady = (text: string) => text.replace(/^tar: removing leading .*\n/gm, "").replace(/\b\d+(d|h|m|s)(\d+(h|m|s))?\b/g, "~").replace(/ +/g, " ");

test.describe("the console's kubectl and the real one", () => {
  let real: Shell;
  let ours: Shell;

  test.beforeAll(async ({ request, baseURL }) => {
    await freshSandbox(request, sandbox);
    const kubeconfig = await (await request.get(`/playground/v1/sandboxes/${sandbox}/kubeconfig`)).text();
    real = new Shell(process.env.PODGROUND_KUBECTL!, kubeconfig);
    ours = new Shell(process.env.PODGROUND_KUBECTL!, kubeconfig);
    // The program's own: its first word is the command's name, and the server stands behind that.
    ours.script("kubectl", `command=$1; shift; exec ${process.env.PODGROUND_BIN} kubectl "$command" --server=${baseURL}/sandboxes/${sandbox} "$@"`);
    for (const shell of [real, ours]) {
      shell.write("sent", "what was sent\n");
      await shell.run("mkdir -p tree/deep && echo 1 > tree/one && echo 2 > tree/deep/two");
    }
    await real.play({ run: "kubectl apply -f two.yaml -f said.yaml", files: { "two.yaml": two, "said.yaml": said } });
    await real.play({ run: "kubectl wait pod/two --for=condition=Ready && kubectl wait pod/said --for=jsonpath='{.status.phase}'=Succeeded" });
  });
  test.afterAll(async ({ request }) => {
    await removeSandbox(request, sandbox);
    real?.remove();
    ours?.remove();
  });

  test("print the same", async () => {
    const different: string[] = [];
    for (const command of commands) {
      const [expected, found] = [await real.run(command), await ours.run(command)];
      const told = ({ code, output }: { code: number; output: string }) => steady(`${output}exit ${code}`);
      if (told(expected) !== told(found)) different.push(`$ ${command}\n--- real\n${told(expected)}\n--- ours\n${told(found)}`);
    }
    expect(different.join("\n\n")).toBe("");
  });
});

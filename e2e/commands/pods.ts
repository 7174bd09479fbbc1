// What concerns running Pods: run, logs, exec, attach, cp, port-forward, debug, top, wait, events.
import { type Area, pod } from "./command.ts";

const BUSYBOX = "--image=busybox --image-pull-policy=IfNotPresent";
/** On a terminal of its own. */
const pty = (line: string) => `script -qec ${JSON.stringify(line)} /dev/null < /dev/null`;
const two = pod("two", {
  containers: ["a", "b"].map((name) => ({ name, image: "busybox", imagePullPolicy: "IfNotPresent", command: ["sh", "-c", `echo from ${name}; echo err ${name} >&2; trap 'exit 0' TERM; while :; do sleep 0.2 & wait $!; done`] })),
});
const http = "while :; do printf 'HTTP/1.0 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nhi\\n' | nc -l -p 8080; done";
const ask = (port: string) => `exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; timeout 5 head -4 <&3 | tail -1`;
const forward = (what: string) => `rm -f port; kubectl port-forward ${what} > port 2>&1 & for n in $(seq 100); do grep -qs Forwarding port && break; sleep 0.1; done; ${ask("$(sed -n 's/.*127.0.0.1:\\([0-9]*\\) -> 8080/\\1/p' port)")}; kill $!`;

export const run: Area = {
  title: "run",
  commands: [
    { run: `kubectl run r1 ${BUSYBOX} --restart=Never -- echo hi`, see: "pod/r1 created\n" },
    { run: "kubectl logs r1", see: "hi\n", eventually: true },
    { run: `kubectl run r2 ${BUSYBOX} --env=A=1 --env=B=2 --labels=x=y,z=w --port=8080 --command -- sh -c 'sleep 1000' && kubectl get pod r2 -o jsonpath='{.metadata.labels} {.spec.containers[0].env} {.spec.containers[0].ports} {.spec.containers[0].command}'`, as: "kubectl run --env --labels --port --command", see: 'pod/r2 created\n{"x":"y","z":"w"} [{"name":"A","value":"1"},{"name":"B","value":"2"}] [{"containerPort":8080,"protocol":"TCP"}] ["sh","-c","sleep 1000"]' },
    { run: `kubectl run r3 ${BUSYBOX} --overrides='{"spec":{"hostname":"over","terminationGracePeriodSeconds":0}}' --override-type=strategic --dry-run=client -o jsonpath='{.spec.hostname} {.spec.containers[0].name}'`, as: "kubectl run --overrides --override-type=strategic", see: "over r3" },
    { run: `kubectl run r3 ${BUSYBOX} --annotations=a=b --dry-run=client -o yaml`, see: /^apiVersion: v1\nkind: Pod\nmetadata:\n annotations:\n a: b\n( creationTimestamp: null\n)? labels:\n run: r3\n name: r3\nspec:\n containers:\n - image: busybox\n imagePullPolicy: IfNotPresent\n name: r3\n resources: \{\}\n dnsPolicy: ClusterFirst\n restartPolicy: Always\nstatus: \{\}\n$/ },
    { run: `kubectl run r3 ${BUSYBOX} --dry-run=server`, see: "pod/r3 created (server dry run)\n" },
    { run: `kubectl run r4 ${BUSYBOX} --restart=Never --rm -i --quiet -- sh -c 'sleep 1; cat' <<< typed`, as: "kubectl run --rm -i < input", see: /^typed\n/ },
    { run: `kubectl run r5 ${BUSYBOX} --restart=Never --attach --rm -- sh -c 'sleep 1; echo out; exit 4'`, as: "kubectl run --attach --rm (exit code 4)", code: 4, see: /out\n/ },
    { run: pty(`kubectl run r6 ${BUSYBOX} --restart=Never -it --rm -- sh -c 'sleep 1; test -t 0 && echo a terminal'`), as: "kubectl run -it --rm (on a terminal)", see: /a terminal\r?\n[^]*pod "r6" deleted/ },
    { run: "kubectl run r1 --image=busybox", code: 1, see: 'Error from server (AlreadyExists): pods "r1" already exists\n' },
    { run: "kubectl run Bad_Name --image=busybox", code: 1, see: /^The Pod "Bad_Name" is invalid:\n\* metadata\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of/ },
    { run: "kubectl delete pod r1 r2 --now", see: /^pod "r1" deleted[^\n]*\npod "r2" deleted/ },
  ],
};

export const inside: Area = {
  title: "logs, exec, attach, cp, port-forward, debug, top, wait, events",
  commands: [
    { run: "kubectl apply -f two.yaml -f http.yaml && kubectl wait pod/two pod/http --for=condition=Ready --timeout=60s", as: "kubectl wait --for=condition=Ready (two Pods)", files: { "two.yaml": two, "http.yaml": pod("http", {}, {}, http) }, see: /pod\/two condition met\npod\/http condition met\n$/ },
    { run: "kubectl logs two -c a", see: /^(from a\nerr a|err a\nfrom a)\n$/ },
    { run: "kubectl logs two 2>/dev/null | sort", as: "kubectl logs two (the first container)", see: "err a\nfrom a\n" },
    { run: "kubectl logs two --all-containers --prefix | sort", see: "[pod/two/a] err a\n[pod/two/a] from a\n[pod/two/b] err b\n[pod/two/b] from b\n" },
    { run: "kubectl logs -l app=two --all-containers --tail=1 | wc -l", see: "2\n" },
    { run: "kubectl logs two -c b --tail=1 --timestamps", see: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z (from|err) b\n$/ },
    { run: "kubectl logs two -c a --since=1h --limit-bytes=4", see: /^(from|err)$/ },
    { run: "kubectl logs two -c a --since-time=2100-01-01T00:00:00Z", see: "" },
    { run: "timeout 2 kubectl logs -f two -c a --tail=1", as: "kubectl logs -f", code: 124, see: /^(from|err) a\n$/ },
    { run: "kubectl logs two -c a --previous", code: 1, see: 'Error from server (BadRequest): previous terminated container "a" in pod "two" not found\n' },
    { run: "kubectl logs two -c x", code: 1, see: /^(error: container x is not valid for pod two|Error from server \(BadRequest\): container x is not valid for pod two)\n$/ },
    { run: "kubectl exec two -- echo hello 2>/dev/null", as: "kubectl exec two -- echo hello", see: "hello\n" },
    { run: "kubectl exec two -c b -- sh -c 'echo out; echo err >&2; exit 3'", code: 3, see: /^out\nerr\ncommand terminated with exit code 3\n$/ },
    { run: "printf 'b\\na\\n' | kubectl exec -i two -c a -- sort", see: "a\nb\n" },
    { run: pty("kubectl exec -it two -c a -- sh -c 'test -t 0 && test -t 1 && echo tty'"), as: "kubectl exec -it (on a terminal)", see: /tty\r?\n/ },
    { run: "kubectl exec two -c a -- nosuch", code: 126, see: /exec: \\?"nosuch\\?": executable file not found in \$PATH|not found/ },
    { run: "kubectl exec none -- true", code: 1, see: 'Error from server (NotFound): pods "none" not found\n' },
    { run: "kubectl run cat --image=busybox --image-pull-policy=IfNotPresent -i --restart=Never --attach=false -- cat && kubectl wait pod/cat --for=jsonpath={.status.phase}=Running --timeout=60s", as: "kubectl run -i --attach=false", see: /pod\/cat (created|condition met)\n/ },
    { run: "echo attached | timeout 10 kubectl attach -i cat 2>/dev/null", as: "kubectl attach -i", see: /^attached\n/ },
    { run: "printf sent > sent && kubectl cp sent two:/tmp/sent -c a && kubectl exec two -c a -- cat /tmp/sent", as: "kubectl cp sent two:/tmp/sent", see: "sent" },
    { run: "kubectl cp two:/tmp/sent back -c a >/dev/null && cat back", as: "kubectl cp two:/tmp/sent back", see: "sent" },
    { run: "mkdir -p tree/deep && echo 1 > tree/deep/one && kubectl cp tree two:/tmp/tree -c b && kubectl exec two -c b -- cat /tmp/tree/deep/one", as: "kubectl cp (a directory)", see: "1\n" },
    { run: forward("pod/http :8080"), as: "kubectl port-forward pod/http :8080", see: "hi\n" },
    { run: forward("pod/http :8080 --address 127.0.0.1 --pod-running-timeout=10s"), as: "kubectl port-forward --address", see: "hi\n" },
    { run: "kubectl debug two --image=busybox --image-pull-policy=IfNotPresent -c look --target=a --attach=false -- sleep 1000", see: /^(Targeting container "a"\. If you don't see processes from this container it may be because the container runtime doesn't support this feature\.\n|[^]*)/ },
    { run: "kubectl get pod two -o jsonpath='{.spec.ephemeralContainers[0].name} {.spec.ephemeralContainers[0].targetContainerName} {.status.ephemeralContainerStatuses[0].state.running}'", see: /^look a \{"startedAt":/, eventually: true },
    { run: "kubectl debug two --copy-to=twin --set-image='*=busybox' --same-node --container=a -- sleep 1000", as: "kubectl debug --copy-to", see: /^(--profile=legacy is deprecated|$)/ },
    { run: "kubectl get pod twin -o jsonpath='{.spec.containers[*].name} {.spec.containers[0].command}'", see: 'a b ["sleep","1000"]' },
    { run: "kubectl debug node/worker --image=busybox --attach=false", code: 1, see: /forbidden/, deviates: "the Pod wants the node's network, processes and file system: here a node is a container on somebody's machine" },
    { run: "kubectl top node", see: /^NAME CPU\(cores\) CPU(%|\(%\)) MEMORY\(bytes\) MEMORY(%|\(%\))\nmaster ~ \d+% \d+Mi \d+%\nworker ~ \d+% \d+Mi \d+%\n$/, eventually: true },
    { run: "kubectl top pod two --containers", see: /^POD NAME CPU\(cores\) MEMORY\(bytes\)\ntwo a ~ \d+Mi\ntwo b ~ \d+Mi\n/, eventually: true },
    { run: "kubectl top pod -l app=two --no-headers --sum", see: /^two ~ \d+Mi\n ________ ________\n ~ \d+Mi\n$/, eventually: true },
    { run: "kubectl wait pod two --for=jsonpath='{.status.phase}'=Running", see: "pod/two condition met\n" },
    { run: "kubectl wait pod -l app=two --for=condition=Ready --timeout=5s", see: "pod/two condition met\n" },
    { run: "kubectl wait pod two --for=condition=PodReadyToStartContainers=true", see: "pod/two condition met\n" },
    { run: "kubectl wait pod two --for=condition=Nothing --timeout=1s", code: 1, see: "error: timed out waiting for the condition on pods/two\n" },
    { run: "kubectl wait pod none --for=delete --timeout=1s", see: /^(pod\/none condition met\n|)$|NotFound/ },
    { run: "(sleep 1; kubectl delete pod twin --now >/dev/null) & kubectl wait pod twin --for=delete --timeout=30s; wait", as: "kubectl wait --for=delete", see: "pod/twin condition met\n" },
    { run: "(sleep 1; kubectl create cm coming >/dev/null) & kubectl wait cm/coming --for=create --timeout=20s; code=$?; wait; exit $code", as: "kubectl wait --for=create", see: "configmap/coming condition met\n", since: { minor: 31, why: "`--for=create` came with 1.31", before: /unrecognized condition|error/ } },
    { run: "kubectl events --for pod/two", see: /^LAST SEEN TYPE REASON OBJECT MESSAGE\n~[^\n]* Normal Scheduled Pod\/two Successfully assigned default\/two to (master|worker)\n/ },
    { run: "kubectl events --types=Warning --for pod/http", see: "No events found in default namespace.\n" },
    { run: "kubectl events --for pod/two -o json | grep -c '\"reason\": \"Scheduled\"'", as: "kubectl events -o json", see: "1\n" },
    { run: "timeout 2 kubectl events --watch --for pod/http | head -1", as: "kubectl events --watch", see: /^(LAST SEEN|~)/ },
    { run: "kubectl delete pod two http cat --now && kubectl delete cm coming --ignore-not-found", as: "kubectl delete pod two http cat --now", see: /pod "two" deleted/ },
  ],
};

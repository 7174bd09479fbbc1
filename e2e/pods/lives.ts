// How Pods start, restart and end.
import { type Case, ended, once, running, sh, STAY, stays, waiting } from "./case.ts";

const init = (script: string, name: string, more: any = {}) => sh(script, more, name);
/** Says so when its memory has been made to be 64 MiB. */
const grows = `until [ "$(cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null)" = 67108864 ]; do sleep 0.1; done; echo grown; ${STAY}`;
const limited = (memory: string, more: any = {}) => ({ terminationGracePeriodSeconds: 1, containers: [sh(grows, { resources: { limits: { memory, cpu: "100m" }, requests: { memory: "16Mi" } }, ...more })] });
const resize = (resources: any) => ({ subresource: "resize", patch: { spec: { containers: [{ name: "c", resources }] } } });
const shared = { volumes: [{ name: "v", emptyDir: {} }] };
const mount = { volumeMounts: [{ name: "v", mountPath: "/v" }] };

export const lives: Case[] = [
  { name: "succeeds", spec: once("exit 0"), status: { phase: "Succeeded", containerStatuses: [ended(0, "Completed")] } },
  { name: "fails", spec: once("exit 3"), status: { phase: "Failed", containerStatuses: [ended(3, "Error")] } },
  {
    name: "on-failure", spec: { ...once("[ -e /v/f ] || { touch /v/f; exit 1; }", mount), ...shared, restartPolicy: "OnFailure" },
    status: { phase: "Succeeded", containerStatuses: [{ restartCount: 1, lastState: { terminated: { exitCode: 1 } } }] },
  },
  {
    name: "crash-loop", spec: { ...once("exit 1"), restartPolicy: "Always" },
    status: { containerStatuses: [waiting("CrashLoopBackOff")] },
    events: ["Warning BackOff: Back-off restarting failed container c in pod crash-loop_"],
  },
  {
    name: "no-such-command", spec: { restartPolicy: "Never", containers: [{ ...sh(""), command: ["/nosuch"] }] },
    status: { phase: "Failed", containerStatuses: [ended(128, "StartError")] }, events: ["Warning Failed: Error: "],
  },
  {
    name: "out-of-memory", spec: once("x=$(head -c 100000000 /dev/zero | tr '\\0' x)", { resources: { limits: { memory: "20Mi" } } }),
    status: { phase: "Failed", containerStatuses: [ended(137, "OOMKilled")] },
  },
  {
    name: "deadline", spec: stays({}, { activeDeadlineSeconds: 2 }),
    status: { phase: "Failed", reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" },
  },
  {
    name: "last-words", spec: once("echo good bye > /dev/termination-log"),
    status: { containerStatuses: [ended(0, "Completed", { message: "good bye\n" })] },
  },
  {
    name: "last-words-elsewhere", spec: once("echo here > /tmp/end; exit 1", { terminationMessagePath: "/tmp/end" }),
    status: { containerStatuses: [ended(1, "Error", { message: "here\n" })] },
  },
  {
    name: "last-lines", spec: once("echo said; exit 1", { terminationMessagePolicy: "FallbackToLogsOnError" }),
    status: { containerStatuses: [ended(1, "Error", { message: "said\n" })] },
  },
  {
    name: "inits-in-order", log: "one\ntwo\n",
    spec: {
      ...once("cat /v/log", mount), ...shared,
      initContainers: [init("sleep 0.3; echo one >> /v/log", "first", mount), init("echo two >> /v/log", "second", mount)],
    },
    status: { phase: "Succeeded", initContainerStatuses: [{ ready: true }, { ready: true }] },
  },
  {
    name: "init-fails", spec: { ...once("true"), initContainers: [init("exit 4", "first")] },
    status: {
      phase: "Failed", initContainerStatuses: [ended(4, "Error")], containerStatuses: [waiting("PodInitializing")],
    },
  },
  {
    name: "sidecar", log: { c: "from the sidecar\n" },
    spec: {
      ...once("until [ -e /v/f ]; do sleep 0.1; done; cat /v/f", mount), ...shared,
      initContainers: [init(`echo from the sidecar > /v/f; ${STAY}`, "side", { ...mount, restartPolicy: "Always" })],
    },
    status: { phase: "Succeeded" },
  },
  {
    name: "post-start", log: "started\n",
    spec: { ...once("until [ -e /v/f ]; do sleep 0.1; done; cat /v/f", { ...mount, lifecycle: { postStart: { exec: { command: ["sh", "-c", "echo started > /v/f"] } } } }), ...shared },
  },
  {
    name: "post-start-fails", spec: stays({ lifecycle: { postStart: { exec: { command: ["false"] } } } }),
    events: ["Warning FailedPostStartHook: PostStartHook failed", "Normal Killing: FailedPostStartHook"],
  },
  {
    name: "same-host", log: { b: "same-host\n2\n" },
    spec: {
      restartPolicy: "Never", shareProcessNamespace: true,
      containers: [sh("sleep 1000", {}, "a"), sh("hostname; ps -o args | grep -c 'sleep 1000$\\|^/pause$'", {}, "b")],
    },
  },
  {
    name: "same-network", log: { b: "hello\n" },
    spec: {
      restartPolicy: "Never",
      containers: [sh("echo hello | nc -l -p 7777", {}, "a"), sh("until nc 127.0.0.1 7777 2>/dev/null; do sleep 0.1; done", {}, "b")],
    },
  },
  {
    name: "gated", spec: stays({}, { readinessGates: [{ conditionType: "example.com/open" }] }),
    status: { phase: "Running", conditions: [{ type: "Ready", status: "False", reason: "ReadinessGatesNotReady" }] },
    then: {
      subresource: "status",
      patch: { status: { conditions: [{ type: "example.com/open", status: "True" }] } },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    },
  },
  {
    name: "debugged", spec: stays(), status: { containerStatuses: [running()] },
    then: {
      subresource: "ephemeralcontainers",
      patch: { spec: { ephemeralContainers: [{ ...sh("ps | grep -c 'sleep 0.2'"), name: "debug", targetContainerName: "c" }] } },
      status: { ephemeralContainerStatuses: [{ name: "debug", state: { terminated: { exitCode: 0 } } }] },
    },
  },
  {
    name: "resized", spec: limited("32Mi"), status: { containerStatuses: [running({ resources: { limits: { memory: "32Mi" } } })] },
    then: {
      ...resize({ limits: { memory: "64Mi" } }), log: "grown\n",
      status: { containerStatuses: [running({ restartCount: 0, resources: { limits: { memory: "64Mi" } } })] },
      events: ["Normal ResizeCompleted: Pod resize completed: "],
    },
  },
  {
    name: "resized-by-restart", status: { containerStatuses: [running()] },
    spec: limited("32Mi", { resizePolicy: [{ resourceName: "memory", restartPolicy: "RestartContainer" }] }),
    then: {
      ...resize({ limits: { memory: "64Mi" } }), log: "grown\n", status: { containerStatuses: [running({ restartCount: 1 })] },
      events: ["Normal Killing: Container c resize requires restart"],
    },
  },
  {
    name: "not-resized", spec: limited("32Mi"), status: { containerStatuses: [running()] },
    then: {
      ...resize({ limits: { memory: "200Gi" }, requests: { memory: "100Gi" } }), events: ["Warning ResizeInfeasible: "],
      status: {
        conditions: [{ type: "PodResizePending", status: "True", reason: "Infeasible" }],
        containerStatuses: [running({ resources: { limits: { memory: "32Mi" } } })],
      },
    },
  },
  { name: "never-pulled", spec: once("true", { image: "nosuch", imagePullPolicy: "Never" }), status: { containerStatuses: [waiting("ErrImageNeverPull")] } },
  { name: "no-image-name", spec: once("true", { image: "Bad//Name" }), status: { containerStatuses: [waiting("InvalidImageName")] } },
  {
    name: "no-such-image", spec: once("true", { image: "127.0.0.1:9/nosuch", imagePullPolicy: "Always" }),
    status: { containerStatuses: [waiting("ImagePullBackOff")] },
    events: ['Normal Pulling: Pulling image "127.0.0.1:9/nosuch"', 'Normal BackOff: Back-off pulling image "127.0.0.1:9/nosuch"'],
  },
];

// Who a container's processes are, and what they may do.
import { type Case, once, sh, waiting } from "./case.ts";

const id = "echo $(id -u):$(id -g):$(id -G)";
const capabilities = "grep CapEff /proc/self/status | tr -d '\\t'";

export const security: Case[] = [
  { name: "root", spec: once(id), log: /^0:0:/ },
  { name: "user", spec: once(id, { securityContext: { runAsUser: 4321 } }), log: "4321:0:0\n" },
  { name: "user-and-group", spec: once(id, { securityContext: { runAsUser: 4321, runAsGroup: 2000 } }), log: "4321:2000:2000\n" },
  { name: "of-the-pod", spec: once(id, {}, { securityContext: { runAsUser: 1001, runAsGroup: 2001 } }), log: "1001:2001:2001\n" },
  {
    name: "the-containers-own-counts",
    spec: once(id, { securityContext: { runAsUser: 4321 } }, { securityContext: { runAsUser: 5, runAsGroup: 6 } }), log: "4321:6:6\n",
  },
  {
    name: "supplemental", log: "4321:0:0 3000 4000\n",
    spec: once(id, {}, { securityContext: { runAsUser: 4321, fsGroup: 3000, supplementalGroups: [4000] } }),
  },
  {
    name: "fs-group", log: "3000 2777\nfile 3000\nsecret 3000 440\n",
    spec: {
      ...once("echo $(stat -c '%g %a' /v); touch /v/f; echo file $(stat -c %g /v/f); echo secret $(stat -Lc '%g %a' /s/k)", {
        volumeMounts: [{ name: "v", mountPath: "/v" }, { name: "s", mountPath: "/s" }],
      }),
      securityContext: { runAsUser: 4321, fsGroup: 3000 },
      volumes: [{ name: "v", emptyDir: {} }, { name: "s", secret: { secretName: "fs-group", defaultMode: 0o400 } }],
    },
  },
  { name: "fs-group", kind: "Secret", object: { stringData: { k: "v" } } },
  { name: "non-root", spec: once(id, { securityContext: { runAsNonRoot: true, runAsUser: 7 } }), log: /^7:/ },
  {
    name: "non-root-refused", spec: once(id, { securityContext: { runAsNonRoot: true } }),
    status: { containerStatuses: [waiting("CreateContainerConfigError")] },
    events: ["Warning Failed: Error: container has runAsNonRoot and image will run as root"],
  },
  {
    name: "non-root-is-root", spec: once(id, { securityContext: { runAsNonRoot: true, runAsUser: 0 } }),
    events: ["Warning Failed: Error: container's runAsUser breaks non-root policy"],
  },
  {
    name: "read-only", log: "refused\nwritten\n",
    spec: {
      ...once("touch /f 2>/dev/null || echo refused; touch /v/f && echo written", {
        securityContext: { readOnlyRootFilesystem: true }, volumeMounts: [{ name: "v", mountPath: "/v" }],
      }),
      volumes: [{ name: "v", emptyDir: {} }],
    },
  },
  { name: "no-capability", spec: once(capabilities, { securityContext: { capabilities: { drop: ["ALL"] } } }), log: "CapEff:0000000000000000\n" },
  {
    name: "one-capability", log: "CapEff:0000000000000400\n",
    spec: once(capabilities, { securityContext: { capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } } }),
  },
  {
    name: "too-capable", spec: once(capabilities, { securityContext: { capabilities: { add: ["SYS_ADMIN"] } } }),
    refused: "forbidden",
  },
  { name: "no-new-privileges", spec: once("grep NoNewPrivs /proc/self/status", { securityContext: { allowPrivilegeEscalation: false } }), log: "NoNewPrivs:\t1\n" },
  { name: "seccomp", spec: once("grep Seccomp: /proc/self/status", { securityContext: { seccompProfile: { type: "RuntimeDefault" } } }), log: "Seccomp:\t2\n" },
  { name: "privileged", spec: once("true", { securityContext: { privileged: true } }), refused: "forbidden" },
  { name: "host-network", spec: once("true", {}, { hostNetwork: true }), refused: "forbidden" },
  { name: "host-pid", spec: once("true", {}, { hostPID: true }), refused: "forbidden" },
  { name: "host-ipc", spec: once("true", {}, { hostIPC: true }), refused: "forbidden" },
  { name: "sysctl", spec: once("cat /proc/sys/net/ipv4/ip_unprivileged_port_start", {}, { securityContext: { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "77" }] } }), log: "77\n" },
];

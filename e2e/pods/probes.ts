// Probes of every kind.
import { type Case, ended, running, sh, STAY, stays } from "./case.ts";

const quick = { periodSeconds: 1, failureThreshold: 1 };
const ready = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
const nginx = (probes: any) => ({ terminationGracePeriodSeconds: 1, containers: [{ name: "c", image: "nginx", imagePullPolicy: "IfNotPresent", ports: [{ name: "web", containerPort: 80 }], ...probes }] });
/** gRPC's health protocol by hand: one answer a stream, to all the same. */
const health = (status: number) => `
import socket, struct
def frame(kind, flags, stream, body=b""):
    return struct.pack(">I", len(body))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + body
def text(name, value):
    return bytes([0, len(name)]) + name + bytes([len(value)]) + value
server = socket.create_server(("0.0.0.0", 9000))
while True:
    peer, _ = server.accept()
    try:
        data = peer.makefile("rb")
        data.read(24)
        peer.sendall(frame(4, 0, 0))
        while True:
            head = data.read(9)
            if len(head) < 9: break
            body = data.read(int.from_bytes(head[:3], "big"))
            stream = int.from_bytes(head[5:9], "big")
            if head[3] == 4 and not head[4] & 1: peer.sendall(frame(4, 1, 0))
            if head[3] == 6 and not head[4] & 1: peer.sendall(frame(6, 1, 0, body))
            if head[3] == 0 and head[4] & 1:
                answer = bytes([8, ${status}])
                peer.sendall(frame(1, 4, stream, b"\\x88" + text(b"content-type", b"application/grpc"))
                    + frame(0, 0, stream, struct.pack(">BI", 0, len(answer)) + answer)
                    + frame(1, 5, stream, text(b"grpc-status", b"0")))
    except OSError: pass
    peer.close()
`;
const python = (status: number, probes: any) => ({
  terminationGracePeriodSeconds: 1,
  containers: [{ name: "c", image: "python:3.7", imagePullPolicy: "IfNotPresent", command: ["python", "-u", "-c", health(status)], ...probes }],
});

export const probes: Case[] = [
  { name: "http", spec: nginx({ readinessProbe: { httpGet: { path: "/", port: "web" }, ...quick } }), status: ready },
  {
    name: "http-headers", status: ready, log: /"probe\/1"/,
    spec: nginx({ readinessProbe: { httpGet: { path: "/", port: 80, httpHeaders: [{ name: "User-Agent", value: "probe/1" }] }, ...quick } }),
  },
  {
    name: "http-fails", spec: nginx({ livenessProbe: { httpGet: { path: "/nosuch", port: 80 }, ...quick } }),
    status: { containerStatuses: [{ lastState: { terminated: {} } }] },
    events: [
      "Warning Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 404",
      "Normal Killing: Container c failed liveness probe, will be restarted",
    ],
  },
  { name: "tcp", spec: nginx({ readinessProbe: { tcpSocket: { port: 80 }, ...quick } }), status: ready },
  {
    name: "tcp-fails", spec: nginx({ readinessProbe: { tcpSocket: { port: 81 }, ...quick } }),
    status: { phase: "Running", conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady" }] },
    events: ["Warning Unhealthy: Readiness probe failed: dial tcp 10."],
  },
  { name: "exec", spec: stays({ readinessProbe: { exec: { command: ["true"] }, ...quick } }), status: ready },
  {
    name: "exec-fails", spec: stays({ readinessProbe: { exec: { command: ["cat", "/nosuch"] }, ...quick } }),
    events: ["Warning Unhealthy: Readiness probe failed: cat: can't open '/nosuch': No such file or directory"],
  },
  {
    name: "exec-hangs", spec: stays({ readinessProbe: { exec: { command: ["sleep", "60"] }, timeoutSeconds: 1, ...quick } }),
    events: ["Warning Unhealthy: Readiness probe failed: command timed out"],
  },
  { name: "grpc", spec: python(1, { readinessProbe: { grpc: { port: 9000 }, ...quick } }), status: ready },
  {
    name: "grpc-fails", spec: python(2, { readinessProbe: { grpc: { port: 9000, service: "s" }, ...quick } }),
    events: ["Warning Unhealthy: Readiness probe failed: service unhealthy (responded with \"NOT_SERVING\")"],
  },
  {
    name: "startup-holds-back", spec: stays({ startupProbe: { exec: { command: ["false"] }, periodSeconds: 1, failureThreshold: 60 }, livenessProbe: { exec: { command: ["false"] }, ...quick } }),
    status: { containerStatuses: [running({ started: false, restartCount: 0 })] },
    events: ["Warning Unhealthy: Startup probe failed: "],
  },
  {
    name: "startup-fails", spec: stays({ startupProbe: { exec: { command: ["false"] }, ...quick } }, { restartPolicy: "Never" }),
    status: { phase: "Succeeded", containerStatuses: [ended(0, "Completed")] },
    events: ["Normal Killing: Container c failed startup probe"],
  },
  {
    name: "success-takes-two", spec: stays({ readinessProbe: { exec: { command: ["true"] }, periodSeconds: 1, successThreshold: 2 } }), status: ready,
  },
  {
    name: "own-grace", spec: { terminationGracePeriodSeconds: 600, containers: [sh("trap '' TERM; while :; do sleep 1; done", { livenessProbe: { exec: { command: ["false"] }, terminationGracePeriodSeconds: 1, ...quick } })] },
    status: { containerStatuses: [{ lastState: { terminated: { exitCode: 137 } } }] },
  },
];

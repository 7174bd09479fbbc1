// Volumes, names and the network.
import { type Case, once, sh, STAY, stays } from "./case.ts";

const at = (mountPath: string, more: any = {}) => ({ name: "v", mountPath, ...more });
const withVolume = (script: string, volume: any, mount: any = at("/v"), container: any = {}) => ({
  ...once(script, { volumeMounts: [mount].flat(), ...container }), volumes: [{ name: "v", ...volume }],
});

export const places: Case[] = [
  { name: "files", kind: "ConfigMap", object: { data: { a: "1", b: "2" }, binaryData: { c: "Mw==" } } },
  { name: "hidden", kind: "Secret", object: { stringData: { k: "secret" } } },
  { name: "items", log: "1\nx\n", spec: withVolume("cat /v/deep/x; echo; ls /v/deep", { configMap: { name: "files", items: [{ key: "a", path: "deep/x" }] } }) },
  { name: "modes", log: "444 400\n", spec: withVolume("echo $(stat -Lc %a /v/a) $(stat -Lc %a /v/b)", { configMap: { name: "files", defaultMode: 0o444, items: [{ key: "a", path: "a" }, { key: "b", path: "b", mode: 0o400 }] } }) },
  { name: "binary", log: "3", spec: withVolume("cat /v/c", { configMap: { name: "files" } }) },
  { name: "optional", log: "0\n", spec: withVolume("ls /v | wc -l", { configMap: { name: "absent", optional: true } }) },
  { name: "secret-in-memory", log: "tmpfs\nsecret", spec: withVolume("stat -f -c %T /v; cat /v/k", { secret: { secretName: "hidden" } }) },
  { name: "memory", log: "tmpfs\n", spec: withVolume("stat -f -c %T /v", { emptyDir: { medium: "Memory" } }) },
  { name: "sub-path", log: "1", spec: withVolume("cat /etc/only", { configMap: { name: "files" } }, at("/etc/only", { subPath: "a" })) },
  {
    name: "sub-path-expr", log: "sub-path-expr\n",
    spec: withVolume("touch /w/f; ls /v", { emptyDir: {} }, [at("/v"), at("/w", { subPathExpr: "$(POD)" })], { env: [{ name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }),
  },
  { name: "read-only-mount", log: "refused\n", spec: withVolume("touch /v/f 2>/dev/null || echo refused", { emptyDir: {} }, at("/v", { readOnly: true })) },
  {
    name: "projected", log: /^1secret"front"$|^1secrettier="front"$/, labels: { tier: "front" },
    spec: withVolume("cat /v/a /v/s/k /v/labels", {
      projected: {
        sources: [
          { configMap: { name: "files", items: [{ key: "a", path: "a" }] } }, { secret: { name: "hidden", items: [{ key: "k", path: "s/k" }] } },
          { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
        ],
      },
    }),
  },
  {
    name: "token", log: "3\n",
    spec: withVolume("tr '.' '\\n' < /v/t | sed -n '$=' ", { projected: { sources: [{ serviceAccountToken: { path: "t", audience: "me", expirationSeconds: 600 } }] } }),
  },
  {
    name: "updated", spec: { ...withVolume("until grep -q new /v/a; do sleep 0.1; done", { configMap: { name: "changing" } }) },
    status: { containerStatuses: [{ state: { running: {} } }] },
  },
  { name: "changing", kind: "ConfigMap", object: { data: { a: "old" } } },
  { name: "named", spec: once("hostname; hostname -f; grep -c named-host /etc/hosts", {}, { hostname: "named-host", subdomain: "sub" }), log: "named-host\nnamed-host.sub.pods-places.svc.cluster.local\n1\n" },
  { name: "whole", spec: once("hostname; hostname -f; cat /etc/hostname; echo $HOSTNAME; tail -1 /etc/hosts | cut -f2-", {}, { subdomain: "sub", setHostnameAsFQDN: true }), log: "whole.sub.pods-places.svc.cluster.local\n".repeat(4) + "whole.sub.pods-places.svc.cluster.local\twhole\n" },
  { name: "overridden", spec: once("hostname; cat /etc/hostname", {}, { hostname: "h", subdomain: "sub", hostnameOverride: "any.name.example" }), log: "any.name.example\nany.name.example\n" },
  {
    name: "too-long", spec: once("true", {}, { subdomain: "s".repeat(60), setHostnameAsFQDN: true }),
    status: { phase: "Pending" }, events: ["Warning FailedCreatePodSandBox: Failed to create pod sandbox: Failed to construct FQDN from Pod hostname and cluster domain, FQDN too-long."],
  },
  {
    name: "two-names", spec: once("true", {}, { setHostnameAsFQDN: true, hostnameOverride: "a.b" }),
    refused: "spec.setHostnameAsFQDN: Forbidden: cannot be true when hostnameOverride is set",
  },
  { name: "aliases", spec: once("grep -v '^#' /etc/hosts | grep 10.1.2.3", {}, { hostAliases: [{ ip: "10.1.2.3", hostnames: ["foo", "bar"] }] }), log: "10.1.2.3\tfoo\tbar\n" },
  {
    name: "dns", log: "search my.net\nnameserver 9.9.9.9\noptions ndots:2 edns0\n",
    spec: once("cat /etc/resolv.conf", {}, { dnsPolicy: "None", dnsConfig: { nameservers: ["9.9.9.9"], searches: ["my.net"], options: [{ name: "ndots", value: "2" }, { name: "edns0" }] } }),
  },
  {
    name: "in-cluster", log: "200\npods-places\n403\n401\n",
    spec: {
      restartPolicy: "Never",
      containers: [{
        name: "c", image: "curlimages/curl", imagePullPolicy: "IfNotPresent",
        command: ["sh", "-c", `
          dir=/var/run/secrets/kubernetes.io/serviceaccount
          ask() { curl -s -o /dev/null -w '%{http_code}\\n' --cacert $dir/ca.crt "$@"; }
          ask -H "Authorization: Bearer $(cat $dir/token)" https://kubernetes.default.svc/api/v1/namespaces/$(cat $dir/namespace)/pods
          cat $dir/namespace; echo
          ask https://kubernetes.default.svc/api/v1/pods
          ask -H "Authorization: Bearer nonsense" https://kubernetes.default.svc/api/v1/pods`],
      }],
    },
  },
  { name: "no-token", spec: once("ls /var/run/secrets 2>/dev/null | wc -l", {}, { automountServiceAccountToken: false }), log: "0\n" },
  { name: "listens", labels: { app: "listens" }, spec: stays({ command: ["sh", "-c", `while :; do echo from listens | nc -l -p 8080; done`] }), status: { podIPs: [{}] } },
];

/** Reaches a Pod's address, whichever node it is on. */
export const reaches = (name: string, ip: string, nodeName: string): Case => ({
  name, spec: { ...once(`until nc -w 2 ${ip} 8080; do sleep 0.2; done`), nodeName }, log: "from listens\n",
});

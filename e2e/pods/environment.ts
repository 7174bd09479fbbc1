// Where a container's variables, command and arguments come from.
import { type Case, once, sh, waiting } from "./case.ts";

const from = (name: string, valueFrom: any) => ({ name, valueFrom });
const field = (name: string, fieldPath: string) => from(name, { fieldRef: { fieldPath } });
const resource = (name: string, resource: string, divisor?: string) => from(name, { resourceFieldRef: { resource, divisor } });
const file = (name: string, key: string, optional?: boolean) => from(name, { fileKeyRef: { volumeName: "found", path: "a.env", key, optional } });
const show = (...names: string[]) => names.map((name) => `echo "${name}=$${name}"`).join("; ");

export const environment: Case[] = [
  { name: "settings", kind: "ConfigMap", object: { data: { COLOR: "blue", "not.a-name": "kept" } } },
  { name: "keys", kind: "Secret", object: { stringData: { TOKEN: "s3cr3t" } } },
  {
    name: "expansion", log: "a-b $(B) $(NOSUCH)\n",
    spec: {
      restartPolicy: "Never",
      containers: [{
        ...sh(""), command: ["echo"], args: ["$(C)", "$$(B)", "$(NOSUCH)"],
        env: [{ name: "A", value: "a" }, { name: "B", value: "b" }, { name: "C", value: "$(A)-$(B)" }],
      }],
    },
  },
  {
    name: "keyed", log: "COLOR=blue\nTOKEN=s3cr3t\nNONE=\n",
    spec: once(show("COLOR", "TOKEN", "NONE"), {
      env: [
        from("COLOR", { configMapKeyRef: { name: "settings", key: "COLOR" } }),
        from("TOKEN", { secretKeyRef: { name: "keys", key: "TOKEN" } }),
        from("NONE", { secretKeyRef: { name: "nosuch", key: "TOKEN", optional: true } }),
      ],
    }),
  },
  {
    name: "from-all", log: /^(?=[^]*^MY_COLOR=blue$)(?=[^]*^TOKEN=s3cr3t$)(?=[^]*^MY_not\.a-name=kept$)/m,
    // A shell would drop what it cannot name.
    spec: once("", {
      command: ["env"],
      envFrom: [
        { prefix: "MY_", configMapRef: { name: "settings" } }, { secretRef: { name: "keys" } },
        { configMapRef: { name: "nosuch", optional: true } },
      ],
    }),
  },
  {
    name: "of-the-pod", labels: { tier: "front" }, annotations: { note: "hi" },
    log: /^NAME=of-the-pod\nSPACE=pods-environment\nTIER=front\nNOTE=hi\nNODE=(master|worker)\nIP=10\.\d+\.\d+\.\d+\nACCOUNT=default\n$/,
    spec: once(show("NAME", "SPACE", "TIER", "NOTE", "NODE", "IP", "ACCOUNT"), {
      env: [
        field("NAME", "metadata.name"), field("SPACE", "metadata.namespace"), field("TIER", "metadata.labels['tier']"),
        field("NOTE", "metadata.annotations['note']"), field("NODE", "spec.nodeName"), field("IP", "status.podIP"),
        field("ACCOUNT", "spec.serviceAccountName"),
      ],
    }),
  },
  {
    name: "of-resources", log: "CPU=1\nMILLI=250\nMEMORY=64\nREQUEST=33554432\n",
    spec: once(show("CPU", "MILLI", "MEMORY", "REQUEST"), {
      resources: { limits: { cpu: "250m", memory: "64Mi" }, requests: { memory: "32Mi" } },
      env: [
        resource("CPU", "limits.cpu"), resource("MILLI", "limits.cpu", "1m"), resource("MEMORY", "limits.memory", "1Mi"),
        resource("REQUEST", "requests.memory"),
      ],
    }),
  },
  {
    name: "of-a-file", log: "A=one\ntwo\nNONE=\n",
    spec: {
      ...once(show("A", "NONE"), { env: [file("A", "A"), file("NONE", "B", true)] }),
      initContainers: [sh(`printf "# what is found\\nA='one\\ntwo'\\n" > /found/a.env`, { volumeMounts: [{ name: "found", mountPath: "/found" }] }, "finds")],
      volumes: [{ name: "found", emptyDir: {} }],
    },
  },
  {
    name: "of-no-file",
    spec: { ...once("true", { env: [file("A", "A")] }), volumes: [{ name: "found", emptyDir: {} }] },
    status: { containerStatuses: [waiting("CreateContainerConfigError", 'environment variable key "A" not found in file "a.env"')] },
  },
  {
    name: "no-config-map", spec: once("true", { env: [from("A", { configMapKeyRef: { name: "absent", key: "a" } })] }),
    status: { containerStatuses: [waiting("CreateContainerConfigError", 'configmap "absent" not found')] },
    events: ['Warning Failed: Error: configmap "absent" not found'],
  },
  {
    name: "no-key", spec: once("true", { env: [from("A", { configMapKeyRef: { name: "settings", key: "b" } })] }),
    status: { containerStatuses: [waiting("CreateContainerConfigError", "couldn't find key b in ConfigMap pods-environment/settings")] },
  },
  {
    name: "entrypoint-and-command", log: "one two\n",
    spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox", imagePullPolicy: "IfNotPresent", args: ["echo", "one", "two"] }] },
  },
  { name: "working-dir", spec: once("pwd", { workingDir: "/tmp/made/here" }), log: "/tmp/made/here\n" },
];

// Sections 5.8 to 5.12: several containers, init containers, ConfigMap, Secret, downward API.
import { pod, type Section } from "./step.ts";

const second = pod("second", `
  containers:
  - name: nginx
    image: nginx
  - name: curl
    image: curlimages/curl
    command: ["/bin/sh"]
    args: ["-c", "while true; do sleep 5; curl localhost; done"]
`);

/** The chapter clones from the Internet; here the repository is made on the spot, so that the test needs none. */
const initContainer = pod("init-container", `
  restartPolicy: OnFailure
  containers:
  - name: busybox
    image: k8s.gcr.io/busybox
    command: ["ls"]
    args: ["/tmp/moby"]
    volumeMounts:
    - name: workdir
      mountPath: /tmp
  initContainers:
  - name: git
    image: alpine/git
    command: ["sh"]
    args:
    - "-c"
    - "git init -q /tmp/origin && cd /tmp/origin && touch README.md && git add . && git -c user.name=a -c user.email=a@b commit -qm first && git clone /tmp/origin /tmp/moby"
    volumeMounts:
    - name: workdir
      mountPath: /tmp
  dnsConfig:
    nameservers:
      - 8.8.8.8
      - 8.8.4.4
    searches:
      - default.svc.cluster.local
  dnsPolicy: None
  volumes:
  - name: workdir
    emptyDir: {}
`);

const job = (name: string, command: string, rest: string) => pod(name, `
  restartPolicy: OnFailure
  containers:
  - name: ${name}
    image: k8s.gcr.io/busybox
    ${command}
${rest}
`);

const monsterConfig = `apiVersion: v1
kind: ConfigMap
metadata:
  name: monster-config
  namespace: default
data:
  monsterType: fire
  monsterNum: "5"
  monsterLife: "3"
`;

const gameVolume = pod("game-volume", `
  containers:
  - name: game-volume
    image: k8s.gcr.io/busybox
    command: ["/bin/sh", "-c", "cat /etc/config/game.properties"]
    volumeMounts:
    - name: game-volume
      mountPath: /etc/config
  volumes:
  - name: game-volume
    configMap:
      name: game-config
`);

const userInfo = (name: string, data: string) => `apiVersion: v1
kind: Secret
metadata:
  name: ${name}
type: Opaque
${data}
`;

const secretVolume = job("secret-volume", 'command: ["sh"]', `    args: ["-c", "ls /secret; cat /secret/username"]
    volumeMounts:
    - name: secret
      mountPath: "/secret"
  volumes:
  - name: secret
    secret:
      secretName: user-info`);

const fromKey = (variable: string, kind: string, name: string, key: string) =>
  `    - name: ${variable}\n      valueFrom:\n        ${kind}:\n          name: ${name}\n          key: ${key}\n`;

const fromField = (variable: string, field: string) =>
  `    - name: ${variable}\n      valueFrom:\n        fieldRef:\n          fieldPath: ${field}\n`;

const downwardVolume = `apiVersion: v1
kind: Pod
metadata:
  name: downward-volume
  labels:
    zone: ap-north-east
    cluster: cluster1
spec:
  restartPolicy: OnFailure
  containers:
  - name: downward
    image: k8s.gcr.io/busybox
    command: ["sh", "-c"]
    args: ["cat /etc/podinfo/labels"]
    volumeMounts:
    - name: podinfo
      mountPath: /etc/podinfo
  volumes:
  - name: podinfo
    downwardAPI:
      items:
      - path: "labels"
        fieldRef:
          fieldPath: metadata.labels
`;

export const twoContainers: Section = {
  id: "5.8",
  title: "two containers",
  steps: [
    { run: "kubectl apply -f second.yaml", see: /created/, files: { "second.yaml": second } },
    { run: "kubectl logs second -c nginx", see: /"GET \/ HTTP\/1\.1" 200/, eventually: true },
    { run: "kubectl logs second -c curl", see: /<title>Welcome to nginx!<\/title>/ },
  ],
};

export const initContainers: Section = {
  id: "5.9",
  title: "init containers",
  steps: [
    { run: "kubectl apply -f init-container.yaml", see: /created/, files: { "init-container.yaml": initContainer } },
    { run: "kubectl get pod init-container", see: /0\/1\s+Completed/, eventually: true },
    { run: "kubectl logs init-container -c git -f", see: /Cloning into '\/tmp\/moby'/ },
    { run: "kubectl logs init-container", see: /^README.md$/m },
  ],
};

export const configMaps: Section = {
  id: "5.10",
  title: "ConfigMap",
  steps: [
    { run: "kubectl create configmap game-config --from-file=game.properties", see: /configmap\/game-config created/, files: { "game.properties": "weapon=gun\nhealth=3\npotion=5\n" } },
    { run: "kubectl get configmap game-config -o yaml", see: /game\.properties: \|\n\s+weapon=gun/ },
    { run: "kubectl create configmap special-config \\\n\t\t\t--from-literal=special.power=10 \\\n\t\t\t--from-literal=special.strength=20", see: /created/ },
    { run: "kubectl get configmap special-config -o yaml", see: /special\.power: "10"/ },
    { run: "kubectl apply -f monster-config.yaml", see: /created/, files: { "monster-config.yaml": monsterConfig } },
    { run: "kubectl get configmap monster-config -o yaml", see: /monsterType: fire/ },
    { run: "kubectl apply -f game-volume.yaml", see: /created/, files: { "game-volume.yaml": gameVolume } },
    { run: "kubectl logs game-volume", see: /weapon=gun\nhealth=3\npotion=5/, eventually: true },
    { run: "kubectl apply -f special-env.yaml", see: /created/, files: { "special-env.yaml": job("special-env", 'command: ["printenv"]', '    args: ["special_env"]\n    env:\n' + fromKey("special_env", "configMapKeyRef", "special-config", "special.power")) } },
    { run: "kubectl logs special-env", see: /^10$/m, eventually: true },
    { run: "kubectl apply -f monster-env.yaml", see: /created/, files: { "monster-env.yaml": job("monster-env", 'command: ["printenv"]', "    envFrom:\n    - configMapRef:\n        name: monster-config") } },
    { run: "kubectl logs monster-env | grep monster", see: /monsterType=fire/, eventually: true },
  ],
};

export const secrets: Section = {
  id: "5.11",
  title: "Secret",
  steps: [
    { run: "echo -ne admin | base64", see: /^YWRtaW4=$/m },
    { run: "echo -ne password123 | base64", see: /^cGFzc3dvcmQxMjM=$/m },
    { run: "kubectl apply -f user-info.yaml", see: /secret\/user-info created/, files: { "user-info.yaml": userInfo("user-info", "data:\n  username: YWRtaW4=\n  password: cGFzc3dvcmQxMjM=") } },
    { run: "kubectl get secret user-info -o yaml", see: /last-applied-configuration/ },
    { run: "kubectl apply -f user-info-stringdata.yaml", see: /created/, files: { "user-info-stringdata.yaml": userInfo("user-info-stringdata", "stringData:\n  username: admin\n  password: password123") } },
    { run: "kubectl get secret user-info-stringdata -o yaml", see: /username: YWRtaW4=/ },
    { run: "kubectl create secret generic user-info-from-file \\\n  --from-env-file=user-info.properties", see: /secret\/user-info-from-file created/, files: { "user-info.properties": "username=admin\npassword=password123\n" } },
    { run: "kubectl get secret user-info-from-file -o yaml", see: /password: cGFzc3dvcmQxMjM=/ },
    { run: "kubectl apply -f secret-volume.yaml", see: /created/, files: { "secret-volume.yaml": secretVolume } },
    { run: "kubectl logs secret-volume", see: /password\nusername\nadmin/, eventually: true },
    { run: "kubectl apply -f secret-env.yaml", see: /created/, files: { "secret-env.yaml": job("secret-env", 'command: ["printenv"]', "    env:\n" + fromKey("USERNAME", "secretKeyRef", "user-info", "username") + fromKey("PASSWORD", "secretKeyRef", "user-info", "password")) } },
    { run: "kubectl logs secret-env", see: /USERNAME=admin[\s\S]*PASSWORD=password123|PASSWORD=password123[\s\S]*USERNAME=admin/, eventually: true },
    { run: "kubectl apply -f secret-envfrom.yaml", see: /created/, files: { "secret-envfrom.yaml": job("secret-envfrom", 'command: ["printenv"]', "    envFrom:\n    - secretRef:\n        name: user-info") } },
    { run: "kubectl logs secret-envfrom", see: /username=admin/, eventually: true },
  ],
};

export const downward: Section = {
  id: "5.12",
  title: "downward API",
  steps: [
    { run: "kubectl apply -f downward-volume.yaml", see: /created/, files: { "downward-volume.yaml": downwardVolume } },
    { run: "kubectl logs downward-volume", see: /cluster="cluster1"\nzone="ap-north-east"/, eventually: true },
    { run: "kubectl apply -f downward-env.yaml", see: /created/, files: { "downward-env.yaml": job("downward-env", 'command: ["printenv"]', "    env:\n" + fromField("NODE_NAME", "spec.nodeName") + fromField("POD_NAME", "metadata.name") + fromField("POD_NAMESPACE", "metadata.namespace") + fromField("POD_IP", "status.podIP")) } },
    { run: "kubectl logs downward-env", see: /NODE_NAME=(master|worker)/, eventually: true },
    { run: "kubectl logs downward-env", see: /POD_IP=10\.\d+\.\d+\.\d+/ },
  ],
};

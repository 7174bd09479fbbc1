// Sections 5.4 to 5.7: environment, volumes, resources, probes.
import { pod, type Section } from "./step.ts";

const env = pod("env", `
  containers:
  - name: nginx
    image: nginx
    env:
    - name: hello
      value: "world!"
`);

const volume = (name: string, source: string) => pod(name, `
  containers:
  - name: nginx
    image: nginx
    volumeMounts:
    - mountPath: /container-volume
      name: my-volume
  volumes:
  - name: my-volume
${source}
`);

const requests = pod("requests", `
  containers:
  - name: nginx
    image: nginx
    resources:
      requests:
        cpu: "250m"
        memory: "500Mi"
`);

const limits = pod("limits", `
  restartPolicy: Never
  containers:
  - name: mynginx
    image: python:3.7
    command: ["python"]
    args: ["-c", "arr = []\\nwhile True: arr.append(range(1000))"]
    resources:
      limits:
        cpu: "500m"
        memory: "1Gi"
`);

const resources = pod("resources", `
  containers:
  - name: nginx
    image: nginx
    resources:
      requests:
        cpu: "250m"
        memory: "500Mi"
      limits:
        cpu: "500m"
        memory: "1Gi"
`);

const probe = (name: string, kind: string, handler: string) => pod(name, `
  containers:
  - name: nginx
    image: nginx
    ${kind}:
${handler}
`);

export const environment: Section = {
  id: "5.4",
  title: "environment",
  steps: [
    { run: "kubectl apply -f env.yaml", see: /created/, files: { "env.yaml": env } },
    { run: "kubectl exec env -- printenv | grep hello", see: /^hello=world!$/m, eventually: true },
  ],
};

export const volumes: Section = {
  id: "5.5",
  title: "volumes",
  steps: [
    { run: "kubectl apply -f volume.yaml", see: /created/, files: { "volume.yaml": volume("volume", "    hostPath:\n      path: /home") } },
    { run: "kubectl exec volume -- ls /container-volume", see: /^ubuntu$/m, eventually: true },
    { run: "kubectl apply -f volume-empty.yaml", see: /created/, files: { "volume-empty.yaml": volume("volume-empty", "    emptyDir: {}") } },
    { run: "kubectl get pod volume-empty", see: /1\/1\s+Running/, eventually: true },
    { run: "kubectl exec volume-empty -- touch /container-volume/data1" },
    { run: "kubectl exec volume-empty -- ls -l /container-volume", see: /data1/ },
  ],
};

export const resourceManagement: Section = {
  id: "5.6",
  title: "requests, limits and an OOM kill",
  steps: [
    { run: "kubectl apply -f requests.yaml", see: /created/, files: { "requests.yaml": requests } },
    { run: "kubectl apply -f limits.yaml", see: /created/, files: { "limits.yaml": limits } },
    { run: "kubectl get pod limits", see: /limits\s+0\/1\s+OOMKilled/, eventually: true },
    { run: "kubectl apply -f resources.yaml", see: /created/, files: { "resources.yaml": resources } },
    { run: "kubectl get pod resources", see: /1\/1\s+Running/, eventually: true },
  ],
};

export const probes: Section = {
  id: "5.7",
  title: "liveness and readiness",
  steps: [
    { run: "kubectl apply -f liveness.yaml", see: /created/, files: { "liveness.yaml": probe("liveness", "livenessProbe", "      httpGet:\n        path: /live\n        port: 80") } },
    { run: "kubectl logs liveness", see: /GET \/live HTTP\/1\.1" 404/, eventually: true },
    { run: "kubectl get pod liveness", see: /Running\s+[1-9]/, eventually: true },
    { run: "kubectl exec liveness -- touch /usr/share/nginx/html/live", eventually: true, see: /^$/ },
    { run: "kubectl apply -f readiness.yaml", see: /created/, files: { "readiness.yaml": probe("readiness", "readinessProbe", "      httpGet:\n        path: /ready\n        port: 80") } },
    { run: "kubectl logs readiness", see: /GET \/ready HTTP\/1\.1" 404/, eventually: true },
    { run: "kubectl get pod readiness", see: /0\/1\s+Running/ },
    { run: "kubectl exec readiness -- touch /usr/share/nginx/html/ready" },
    { run: "kubectl get pod readiness", see: /1\/1\s+Running/, eventually: true },
    { run: "kubectl apply -f readiness-cmd.yaml", see: /created/, files: { "readiness-cmd.yaml": probe("readiness-cmd", "readinessProbe", "      exec:\n        command:\n        - cat\n        - /tmp/ready") } },
    { run: "kubectl get pod readiness-cmd", see: /0\/1\s+Running/, eventually: true },
    { run: "kubectl exec readiness-cmd -- touch /tmp/ready" },
    { run: "kubectl get pod readiness-cmd", see: /1\/1\s+Running/, eventually: true },
  ],
};

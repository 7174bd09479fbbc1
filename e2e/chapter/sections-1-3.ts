// Sections 5.1 to 5.3: a first Pod, labels and selectors, nodeSelector, command and args.
import type { Section } from "./step.ts";

const mynginx = `apiVersion: v1
kind: Pod
metadata:
  # hello=world
  labels:
    hello: world
    run: mynginx
  name: mynginx
spec:
  containers:
  - image: nginx
    name: mynginx
`;

const nodeSelector = (disktype: string) => `# node-selector.yaml
apiVersion: v1
kind: Pod
metadata:
  name: node-selector
spec:
  containers:
  - name: nginx
    image: nginx
  nodeSelector:
    disktype: ${disktype}
`;

const cmd = `# cmd.yaml
apiVersion: v1
kind: Pod
metadata:
  name: cmd
spec:
  restartPolicy: OnFailure
  containers:
  - name: nginx
    image: nginx
    command: ["/bin/echo"]
    args: ["hello"]
`;

export const introduction: Section = {
  id: "5.1",
  title: "What a Pod is",
  steps: [
    { run: "kubectl run mynginx --image nginx --dry-run=client -o yaml > mynginx.yaml && cat mynginx.yaml", see: /run: mynginx/ },
    { run: "kubectl apply -f mynginx.yaml", see: /^pod\/mynginx created$/m },
    { run: "kubectl get pod mynginx", see: /mynginx\s+1\/1\s+Running\s+0/, eventually: true },
  ],
};

export const labels: Section = {
  id: "5.2",
  title: "Labels, selectors, nodeSelector",
  steps: [
    { run: "kubectl label pod mynginx hello=world", see: /^pod\/mynginx labeled$/m },
    { run: "kubectl get pod mynginx -o yaml", see: /labels:\n\s+hello: world\n\s+run: mynginx/ },
    { run: `cat << EOF | kubectl apply -f -\n${mynginx}EOF`, see: /^pod\/mynginx (configured|unchanged)$/m },
    { run: "kubectl get pod mynginx -o yaml", see: /hello: world/ },
    { run: "kubectl get pod mynginx -L run", see: /AGE\s+RUN\nmynginx\s.*\smynginx$/m },
    { run: "kubectl get pod mynginx --show-labels", see: /hello=world,run=mynginx/ },
    { run: "kubectl run yournginx --image nginx", see: /^pod\/yournginx created$/m },
    { run: "kubectl get pod -l run", see: /mynginx[\s\S]*yournginx/ },
    { run: "kubectl get pod -l run=mynginx", see: /mynginx/, miss: /yournginx/ },
    { run: "kubectl label node master disktype=ssd", see: /^node\/master labeled$/m },
    { run: "kubectl label node worker disktype=hdd", see: /^node\/worker labeled$/m },
    { run: "kubectl get node --show-labels | grep disktype", see: /master.*disktype=ssd[\s\S]*worker.*disktype=hdd/ },
    { run: "kubectl apply -f node-selector.yaml", see: /created/, files: { "node-selector.yaml": nodeSelector("ssd") } },
    { run: "kubectl get pod node-selector -o wide", see: /Running.*10\.\d+\.\d+\.\d+\s+master/, eventually: true },
    { run: "kubectl delete pod node-selector", see: /pod "node-selector" deleted/ },
    { run: "kubectl apply -f node-selector.yaml", see: /created/, files: { "node-selector.yaml": nodeSelector("hdd") } },
    { run: "kubectl get pod node-selector -o wide", see: /Running.*10\.\d+\.\d+\.\d+\s+worker/, eventually: true },
  ],
};

export const command: Section = {
  id: "5.3",
  title: "command and args",
  steps: [
    { run: "kubectl apply -f cmd.yaml", see: /^pod\/cmd created$/m, files: { "cmd.yaml": cmd } },
    { run: "kubectl get pod cmd", see: /cmd\s+0\/1\s+Completed\s+0/, eventually: true },
    { run: "kubectl logs -f cmd", see: /^hello$/m },
  ],
};

// What the page tells of a Pod and of its requests: the inspector, k9s' keys, "show me the HTTP".
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test, type Page } from "@playwright/test";
import { artifacts, onPage, prompt, screen, type, writeFile } from "./page.ts";

const sandbox = "page-inspect";
const seen = `apiVersion: v1
kind: Pod
metadata: {name: seen}
spec:
  terminationGracePeriodSeconds: 0
  volumes: [{name: html, emptyDir: {}}]
  containers:
  - name: web
    image: nginx
    imagePullPolicy: IfNotPresent
    volumeMounts: [{name: html, mountPath: /html}]
    livenessProbe: {tcpSocket: {port: 80}, periodSeconds: 1}
    readinessProbe: {exec: {command: [ls, /tmp/ready]}, periodSeconds: 1}
  - name: side
    image: busybox
    imagePullPolicy: IfNotPresent
    command: [sleep, "1000"]
    volumeMounts: [{name: html, mountPath: /html}]
`;

test.describe("inspecting", () => {
  test.describe.configure({ mode: "serial" });
  let page: Page;

  onPage(sandbox, (opened) => (page = opened), { permissions: ["clipboard-read", "clipboard-write"] });

  test("each command has its requests, and they can be repeated elsewhere", async () => {
    await type(page, "kubectl create configmap told --from-literal=quote=\"it's\"");
    await page.getByTestId("http").click();
    const command = page.getByTestId("http-command").first();
    await expect(command).toContainText("kubectl create configmap told");
    await command.getByTestId("http-request").first().click();
    await expect(command).toContainText("201");
    await expect(command).toContainText(/\d+ ms/);
    await expect(command.getByTestId("http-asked")).toContainText('"quote": "it\'s"');
    await expect(command.getByTestId("http-answer")).toContainText('"uid"');
    const copied = async (name: string) => {
      await command.getByTestId("copy").getByText(name).click();
      await expect(command.getByTestId("copy").getByText("Copied")).toBeVisible();
      await expect(command.getByTestId("copy").getByText("Copied")).toBeHidden();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const curl = await copied("curl");
    const kubectl = await copied("kubectl --raw");
    const python = await copied("Python");
    const remove = () => page.request.delete(`/sandboxes/${sandbox}/api/v1/namespaces/default/configmaps/told`);
    const stored = async () => (await (await page.request.get(`/sandboxes/${sandbox}/api/v1/namespaces/default/configmaps/told`)).json()).data;
    await remove();
    execFileSync("bash", ["-c", curl]);
    expect(await stored()).toEqual({ quote: "it's" });
    await remove();
    execFileSync("python3", ["-c", python]);
    expect(await stored()).toEqual({ quote: "it's" });
    await remove();
    await page.keyboard.press("Escape");
    // What real kubectl on the node makes of it.
    await type(page, kubectl);
    expect(await stored()).toEqual({ quote: "it's" });
  });

  test("Why: each node and filter, and the next start counting down", async () => {
    await type(page, "kubectl run far --image nginx --overrides '{\"spec\":{\"nodeSelector\":{\"disktype\":\"tape\"}}}'");
    await page.getByTestId("pod-far").click();
    await page.getByTestId("why").click();
    const told = page.getByTestId("explanation");
    await expect(told).toContainText("0/2 nodes are available");
    for (const node of ["master", "worker"]) {
      await expect(told.getByTestId(`verdict-${node}`)).toContainText("unsuitable");
      await expect(told.getByTestId(`verdict-${node}`)).toContainText("✕ NodeAffinity");
      await expect(told.getByTestId(`verdict-${node}`)).toContainText("✓ TaintToleration");
    }
    // Labelled, the node suits: the open drawer follows.
    await page.request.patch(`/sandboxes/${sandbox}/api/v1/nodes/worker`, {
      headers: { "content-type": "application/merge-patch+json" },
      data: { metadata: { labels: { disktype: "tape" } } },
    });
    await expect(told.getByTestId("verdict-worker")).toContainText("chosen");
    await page.keyboard.press("Escape");

    await type(page, "kubectl run bad --image busybox --image-pull-policy IfNotPresent -- sh -c 'echo said; exit 3'");
    await expect(page.getByTestId("pod-bad")).toContainText("CrashLoopBackOff");
    await page.getByTestId("pod-bad").click();
    await page.getByTestId("why").click();
    await expect(told).toContainText("exit code 3");
    const left = page.getByTestId("next-restart");
    const seconds = async () => Number((await left.textContent())!.match(/(\d+) s/)![1]);
    await expect(left).toBeVisible();
    const first = await seconds();
    await expect.poll(seconds).toBeLessThan(first);
    await page.keyboard.press("Escape");
  });

  test("logs, with those of the previous container, and YAML", async () => {
    await expect(page.getByTestId("pod-bad")).toContainText(/[1-9] \(.*\) restarts/);
    await page.getByTestId("pod-bad").focus();
    await page.keyboard.press("l");
    await expect(page.getByTestId("pod-logs")).toContainText("said");
    await page.getByTestId("log-previous").check();
    await expect(page.getByTestId("pod-logs")).toContainText("said");
    await page.keyboard.press("Escape");
    await page.getByTestId("pod-bad").focus();
    await page.keyboard.press("y");
    await expect(page.getByTestId("pod-yaml")).toContainText("name: bad");
    await page.keyboard.press("e");
    await expect(page.getByTestId("pod-events")).toContainText("BackOff");
    await page.keyboard.press("Escape");
  });

  test("followed logs go on", async () => {
    await type(page, "kubectl run tick --image busybox --image-pull-policy IfNotPresent -- sh -c 'n=0; while true; do n=$((n+1)); echo tick-$n; sleep 1; done'");
    await expect(page.getByTestId("pod-tick")).toContainText("Running");
    await page.getByTestId("pod-tick").focus();
    await page.keyboard.press("l");
    await expect(page.getByTestId("pod-logs")).toContainText("tick-2");
    const lines = async () => (await page.getByTestId("pod-logs").textContent())!.split("\n").length;
    const before = await lines();
    await expect.poll(lines).toBeGreaterThan(before);
    await page.keyboard.press("Escape");
  });

  test("k9s' keys run commands: describe, shell, delete", async () => {
    const pod = page.getByTestId("pod-tick");
    await pod.focus();
    await page.keyboard.press("d");
    await expect(screen(page, "console")).toContainText("Successfully assigned default/tick");
    await prompt(page);
    await pod.focus();
    await page.keyboard.press("s");
    await expect(screen(page, "console")).toHaveText(/kubectl exec -it tick -- sh.*(?<!~)#\s*$/s);
    await page.getByTestId("console").locator("textarea").focus();
    await page.keyboard.insertText("exit");
    await page.keyboard.press("Enter");
    await prompt(page);
    await pod.focus();
    page.once("dialog", (dialog) => dialog.dismiss());
    await page.keyboard.press("Control+d");
    await expect(pod).toBeVisible();
    page.once("dialog", (dialog) => dialog.accept());
    await pod.focus();
    await page.keyboard.press("Control+d");
    await expect(screen(page, "console")).toContainText('pod "tick" deleted');
    // It takes no notice of SIGTERM: after its grace period it is killed.
    await expect(pod).toBeHidden({ timeout: 60_000 });
    await prompt(page);
  });

  test("the picture: what nodes use, probes as they tick, volumes and who shares them", async () => {
    await writeFile(page.request, sandbox, "seen.yaml", seen);
    await type(page, "kubectl apply -f seen.yaml");
    const pod = page.getByTestId("pod-seen");
    await expect(pod).toContainText("html (emptyDir): web + side");
    await expect(pod).toContainText("liveness ✓");
    await expect(pod).toContainText("readiness ✕");
    await type(page, "kubectl exec seen -c web -- touch /tmp/ready");
    await expect(pod).toContainText("readiness ✓");
    // Each beat shows, and the next one too.
    for (const beat of [".beat-0", ".beat-1", ".beat-0"]) await expect(pod.locator(beat).first()).toBeAttached();
    await expect(page.getByTestId("node-worker")).toContainText(/\d+\.\d\d \/ \d+m? CPU · \d+Mi \/ \d+/);
    await page.screenshot({ path: `${artifacts}/picture.png` });
    await type(page, "kubectl delete pod seen --now");
  });

  test("the timeline is scrubbed back and exported", async () => {
    await page.getByTestId("timeline").click();
    const pods = page.getByTestId("timeline-pods");
    await expect(pods).toContainText("bad");
    await expect(pods).not.toContainText("tick");
    const entries = page.getByTestId("timeline-entries");
    await expect(entries).toContainText("kubectl delete pod tick");
    await expect(entries).toContainText("Scheduled: Successfully assigned default/tick");
    await expect(entries.locator("li", { hasText: "restart" }).first()).toContainText("bad");
    // Back, to when it still ran.
    const scrub = page.getByTestId("timeline-scrub");
    await scrub.focus();
    await page.keyboard.press("Home");
    await expect(entries.locator("li")).toHaveCount(1);
    const times: number[] = [];
    const saving = page.waitForEvent("download");
    await page.getByTestId("timeline-export").click();
    const file = JSON.parse(readFileSync((await (await saving).path())!, "utf8"));
    const about = (kind: string, name: string) => file.entries.filter((e: any) => e.kind === kind && e.about === name);
    expect(about("status", "default/tick").map((e: any) => e.text)).toEqual(expect.arrayContaining(["Running", ""]));
    expect(about("restart", "default/bad").length).toBeGreaterThan(0);
    const probes = about("probe", "default/seen").map((e: any) => e.text).filter((text: string) => text.startsWith("web readiness:"));
    expect(probes).toHaveLength(2);
    expect(probes[0]).toContain("/tmp/ready");
    expect(probes[1]).toBe("web readiness: success");
    for (const entry of file.entries) times.push(Date.parse(entry.time));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // The slider stands for milliseconds since the first entry.
    const ran = Date.parse(about("status", "default/tick").find((e: any) => e.text === "Running").time);
    await scrub.fill(String(ran - times[0]!));
    await expect(pods).toContainText("tick: Running");
    await page.keyboard.press("Escape");
  });
});

// The console pane: several consoles, the mouse's clipboard, screen readers.
import { execFileSync } from "node:child_process";
import { expect, test, type Page, type WebSocketRoute } from "@playwright/test";
import { artifacts, focusTerminal, held, onPage, screen, type } from "./page.ts";

const sandbox = "consoles";

test.describe("the console pane", () => {
  test.describe.configure({ mode: "serial" });
  let page: Page;

  onPage(sandbox, (opened) => (page = opened), { permissions: ["clipboard-read", "clipboard-write"] });

  const into = async (console: string, line: string) => {
    await focusTerminal(page, console);
    await page.keyboard.insertText(line);
    await page.keyboard.press("Enter");
  };

  test("a second console runs beside the first", async () => {
    await into("console", "sleep 1000");
    await page.getByTestId("new-console").click();
    await expect(page.getByTestId("tab-console 2")).toHaveAttribute("aria-selected", "true");
    await expect(screen(page, "console 2")).toContainText("root@master:~#");
    await into("console 2", "cd / && pwd && kubectl get nodes -o name");
    await expect(screen(page, "console 2")).toContainText("node/worker");
    await expect(screen(page, "console 2")).toContainText("root@master:/#");
    // Each has a shell of its own: the first one still sleeps, where it was.
    await page.getByTestId("tab-console").click();
    await page.getByTestId("console").locator("textarea").focus();
    await page.keyboard.press("Control+c");
    await expect(screen(page, "console")).toHaveText(/root@master:~#\s*$/);
    await page.screenshot({ path: `${artifacts}/consoles.png` });
  });

  test("closing a console ends what runs in it", async () => {
    await page.getByTestId("tab-console 2").click();
    await into("console 2", "exec -a closed-console sleep 1000");
    await page.getByTestId("tab-console").click();
    const running = () => type(page, "pgrep -fc '^closed-consol[e]'");
    await expect(async () => expect((await running()).trim()).toBe("1")).toPass();
    await page.getByTestId("tab-console 2").getByTestId("close-console").click();
    await expect(page.getByTestId("tab-console 2")).toHaveCount(0);
    await expect(page.getByTestId("tab-console")).toHaveAttribute("aria-selected", "true");
    await expect(async () => expect((await running()).trim()).toBe("0")).toPass();
  });

  test("a right click offers what is marked to copy, and a place to paste", async () => {
    await into("console", "clear");
    await expect(screen(page, "console")).toHaveText(/^root@master:~#\s*$/);
    await type(page, "echo marked-word");
    const word = screen(page, "console").locator("div", { hasText: /^marked-word/ }).last();
    const box = (await word.boundingBox())!;
    await page.mouse.dblclick(box.x + 20, box.y + box.height / 2);
    await page.mouse.click(box.x + 20, box.y + box.height / 2, { button: "right" });
    // The browser's menu is about the element under the pointer: the terminal's own field, with the marked text in it.
    const field = page.getByTestId("console").locator("textarea");
    await expect(field).toHaveValue("marked-word");
    await page.keyboard.press("Control+c");
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe("marked-word");
    await page.evaluate(() => navigator.clipboard.writeText("echo pasted-$((6*7))"));
    await field.focus();
    await page.keyboard.press("Control+v");
    await page.keyboard.press("Enter");
    await expect.poll(() => held(page, "console")).toContain("\npasted-42");
  });

  test("a Pod's name in the output leads to the Pod", async () => {
    await type(page, "kubectl run linked --image nginx");
    await type(page, "kubectl get pod --no-headers");
    const row = screen(page, "console").locator("div", { hasText: /^linked / }).last();
    const box = (await row.boundingBox())!;
    await page.mouse.move(box.x + 10, box.y + box.height / 2);
    await expect(page.getByTestId("console").locator(".xterm-cursor-pointer")).toBeVisible();
    await page.mouse.click(box.x + 10, box.y + box.height / 2);
    await expect(page.getByTestId("pod-drawer").getByRole("heading", { name: "linked" })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByTestId("pod-drawer")).toHaveCount(0);
  });

  test("a screen reader reads the terminals, when asked to", async () => {
    const reader = page.getByTestId("reader");
    const tree = page.getByTestId("console").locator(".xterm-accessibility-tree");
    await expect(tree).toHaveCount(0);
    await reader.focus();
    await expect(reader).toHaveCSS("clip-path", "none");
    await page.keyboard.press("Enter");
    await expect(reader).toHaveAttribute("aria-pressed", "true");
    await expect(tree).toContainText("pasted-42");
    await page.reload();
    await expect(page.getByTestId("console").locator(".xterm-accessibility-tree")).toContainText("root@master");
    await reader.click();
    await expect(tree).toHaveCount(0);
  });

  test("kubectl's configuration is the shell's: in all consoles, and in the terminals", async () => {
    expect(await type(page, "kubectl config current-context")).toBe(`podground-${sandbox}`);
    await type(page, "kubectl create namespace elsewhere");
    const set = (namespace: string) => `kubectl config set-context --current --namespace=${namespace}`;
    expect(await type(page, set("elsewhere"))).toBe(`Context "podground-${sandbox}" modified.`);
    await type(page, "kubectl create configmap there");
    expect(await type(page, "kubectl get configmap there -n elsewhere -o name")).toBe("configmap/there");
    await page.getByTestId("new-console").click();
    await expect(screen(page, "console 2")).toContainText("root@master:~#");
    await into("console 2", "kubectl get configmap there -o jsonpath=in-{.metadata.namespace}");
    await expect(screen(page, "console 2")).toContainText("in-elsewhere");
    await page.getByTestId("tab-console 2").getByTestId("close-console").click();
    // The terminal of the node reads the same file, and what it changes there holds here.
    await page.getByTestId("tab-master").click();
    await expect(screen(page, "terminal-master")).toContainText("root@master:~#");
    await into("terminal-master", `kubectl config get-contexts --no-headers && ${set("default")}`);
    await expect(screen(page, "terminal-master")).toContainText(/podground-consoles\s+elsewhere/);
    await expect(screen(page, "terminal-master")).toContainText("modified.");
    await page.getByTestId("tab-console").click();
    expect(await type(page, "kubectl get configmap there")).toContain('configmaps "there" not found');
    // The shell knows how a command ended that ran in the page.
    expect(await type(page, "echo $?")).toBe("1");
    await type(page, "kubectl get namespace elsewhere");
    expect(await type(page, "echo $?")).toBe("0");
  });

  test("help is the real kubectl's", async () => {
    const words = (text: string) => text.split(/\s+/).filter(Boolean);
    for (const command of ["get --help", "help config", "create configmap -h"]) {
      const real = execFileSync(process.env.PODGROUND_KUBECTL!, command.split(" "), { encoding: "utf8" });
      expect(words(await type(page, `kubectl ${command}`))).toEqual(words(real));
    }
  });

  test("a terminal whose connection is lost comes back to its shell, with what it printed", async () => {
    const connections: WebSocketRoute[] = [];
    await page.routeWebSocket(/nodes\/worker\/terminal/, (route) => {
      route.connectToServer();
      connections.push(route);
    });
    await page.getByTestId("tab-worker").click();
    await expect(screen(page, "terminal-worker")).toContainText("root@worker:~#");
    await into("terminal-worker", "kept=of-before; seq 100; echo $((40+2))-before");
    await expect(screen(page, "terminal-worker")).toContainText("42-before");
    await connections[0]!.close({ code: 3000 });
    await expect.poll(() => connections.length).toBe(2);
    await into("terminal-worker", "echo still-$kept");
    await expect.poll(() => held(page, "terminal-worker")).toMatch(/\n1\n2\n3\n[^]*42-before[^]*\nstill-of-before/);
    await page.getByTestId("tab-console").click();
  });
});

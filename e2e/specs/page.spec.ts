// The page in real Chromium: the chapter typed in the console, the editor, terminals, languages, a phone.
import { expect, test, type Page } from "@playwright/test";
import { sections } from "../chapter/index.ts";
import { artifacts, focusConsole, onPage, play, prompt, screen, type } from "./page.ts";

const sandbox = "page";

test.describe("the page", () => {
  test.describe.configure({ mode: "serial" });
  let page: Page;

  onPage(sandbox, (opened) => (page = opened));

  for (const section of sections.slice(0, 3)) {
    test(`${section.id} ${section.title}, typed in the console`, async () => {
      for (const step of section.steps) await test.step(step.run, () => play(page, sandbox, step, (line) => type(page, line)));
    });
  }

  test("the picture follows", async () => {
    const pod = page.getByTestId("node-worker").getByTestId("pod-node-selector");
    await expect(pod).toContainText("Running");
    await expect(page.getByTestId("pod-cmd")).toContainText("Completed");
    await pod.click();
    const drawer = page.getByTestId("pod-drawer");
    await expect(drawer.getByTestId("conditions")).toContainText("PodScheduled");
    await drawer.getByTestId("why").click();
    await expect(drawer.getByTestId("verdict-worker")).toContainText("chosen");
    await expect(drawer.getByTestId("verdict-master")).toContainText("NodeAffinity");
    await page.screenshot({ path: `${artifacts}/pod.png` });
    await drawer.getByRole("button", { name: "Close" }).click();
  });

  test("Tab completes names and Ctrl-C gives up", async () => {
    await focusConsole(page);
    await page.keyboard.press("Control+l");
    await page.keyboard.insertText("kubectl get pod mynginx -o na");
    await page.keyboard.press("Control+c");
    await page.keyboard.insertText("kubectl get pod node-se");
    await page.keyboard.press("Tab");
    await expect(screen(page, "console")).toContainText("node-selector");
    await page.keyboard.press("Enter");
    await expect(screen(page, "console")).toContainText("1/1");
  });

  test("exec opens a shell, vim edits a file", async () => {
    await focusConsole(page);
    await page.keyboard.press("Control+l");
    await page.keyboard.insertText("kubectl exec -it mynginx -- sh");
    await page.keyboard.press("Enter");
    // The shell's own prompt, below the command: before it, keys would be echoed twice.
    await expect(screen(page, "console")).toHaveText(/(?<!~)#\s*$/);
    await page.keyboard.insertText("echo $((40+2))-in-pod");
    await page.keyboard.press("Enter");
    await expect(screen(page, "console")).toContainText("42-in-pod");
    await page.keyboard.insertText("exit");
    await page.keyboard.press("Enter");
    await prompt(page);

    await page.keyboard.insertText("vim note.txt");
    await page.keyboard.press("Enter");
    await expect(screen(page, "console")).toContainText(`"note.txt"`);
    await page.keyboard.insertText("ihello from vim");
    await page.keyboard.press("Escape");
    await page.keyboard.insertText(":wq");
    await page.keyboard.press("Enter");
    await prompt(page);
    expect(await type(page, "cat note.txt")).toContain("hello from vim");
  });

  test("the editor marks what Kubernetes would refuse, and applies", async () => {
    page.once("dialog", (dialog) => dialog.accept("edited.yaml"));
    await page.getByTestId("new-file").click();
    const code = page.getByTestId("code").locator(".cm-content");
    await expect(code).toBeVisible();
    await code.click();
    await page.keyboard.insertText("apiVersion: v1\nkind: Pod\nmetadata:\n  name: edited\nspec:\n  containers:\n  - name: c\n    imag: nginx\n");
    const problems = page.getByTestId("problems");
    await expect(problems).toContainText('unknown field "spec.containers[0].imag"');
    await expect(problems).toContainText("spec.containers[0].image: Required value");
    await page.screenshot({ path: `${artifacts}/editor-problems.png` });
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText("apiVersion: v1\nkind: Pod\nmetadata:\n  name: edited\nspec:\n  containers:\n  - name: c\n    image: nginx\n");
    await expect(problems).toBeHidden();
    await page.getByTestId("apply").click();
    await expect(screen(page, "console")).toContainText("pod/edited created");
    await expect(page.getByTestId("pod-edited")).toContainText("Running", { timeout: 60_000 });
  });

  test("show me the HTTP", async () => {
    await type(page, "kubectl get pod");
    await page.getByTestId("http").click();
    const latest = page.getByTestId("http-command").first();
    await expect(latest).toContainText("kubectl get pod");
    await expect(latest).toContainText(`/sandboxes/${sandbox}/api/v1/namespaces/default/pods?limit=500`);
    await page.screenshot({ path: `${artifacts}/http.png` });
    await page.getByTestId("http-drawer").getByRole("button", { name: "Close" }).click();
  });

  test("a node terminal has the real kubectl", async () => {
    await page.getByTestId("tab-master").click();
    const rows = screen(page, "terminal-master");
    await expect(rows).toContainText("root@master:~#", { timeout: 30_000 });
    await page.getByTestId("terminal-master").locator("textarea").focus();
    await page.keyboard.insertText("kubectl version && ls -d /home/ubuntu");
    await page.keyboard.press("Enter");
    await expect(rows).toContainText("Client Version: v1.35.");
    await expect(rows).toContainText("/home/ubuntu");
    await page.screenshot({ path: `${artifacts}/terminal.png` });
    await page.getByTestId("tab-console").click();
  });

  test("lessons run, and tick themselves off", async () => {
    const lesson = page.getByTestId("lesson");
    await expect(lesson.locator("h1")).toBeVisible();
    await expect(lesson.getByTestId("check").first()).toHaveAttribute("data-done", "true");
    await expect(lesson.getByTestId("run").first()).toBeVisible();
  });

  test("Korean, dark, and a phone", async () => {
    await page.screenshot({ path: `${artifacts}/page-light-en.png` });
    await page.getByTestId("theme").click();
    await page.screenshot({ path: `${artifacts}/page-dark-en.png` });
    await page.getByTestId("language").click();
    await expect(page.getByTestId("cluster")).toContainText("클러스터");
    await expect(page.locator("html")).toHaveAttribute("lang", "ko");
    await page.screenshot({ path: `${artifacts}/page-dark-ko.png` });
    await page.getByTestId("theme").click();
    await page.screenshot({ path: `${artifacts}/page-light-ko.png` });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("tab", { name: "학습" }).click();
    await expect(page.getByTestId("lesson")).toBeVisible();
    await page.getByRole("tab", { name: "클러스터" }).click();
    await expect(page.getByTestId("cluster")).toBeVisible();
    await expect(page.getByTestId("lesson")).toBeHidden();
    await page.screenshot({ path: `${artifacts}/phone-ko.png` });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    expect(wide, "nothing is wider than the phone").toBe(false);
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  test("a crash is told, and mended by loading anew", async () => {
    const trap = () => dispatchEvent(new ErrorEvent("error", { error: new WebAssembly.RuntimeError("unreachable") }));
    const notice = page.getByRole("alert").filter({ hasText: "unreachable" });
    await page.evaluate(trap);
    await page.evaluate(trap);
    await expect(notice).toHaveCount(1);
    await expect(notice).toContainText("멈췄습니다");
    page.once("dialog", (dialog) => dialog.accept());
    await notice.getByRole("button").click();
    await expect(notice).toHaveCount(0);
    await expect(page.getByTestId("node-worker")).toContainText("Ready", { timeout: 30_000 });
  });
});

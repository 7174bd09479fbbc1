// kubectl port-forward in the page's console: a tab with what the Pod answers, and what that may not do.
import { expect, test, type Page } from "@playwright/test";
import { artifacts, focusConsole, onPage, prompt, screen, type } from "./page.ts";

const sandbox = "preview";

test.describe("port-forward", () => {
  test.describe.configure({ mode: "serial" });
  let page: Page;

  onPage(sandbox, (opened) => (page = opened));

  const forward = async (line: string) => {
    await focusConsole(page);
    await page.keyboard.insertText(`kubectl port-forward ${line}`);
    await page.keyboard.press("Enter");
  };

  test("it opens a tab, and Ctrl-C ends it", async () => {
    expect(await type(page, "kubectl port-forward web 8080:80")).toContain('Error from server (NotFound): pods "web" not found');
    await type(page, "kubectl run web --image nginx");
    await type(page, "kubectl wait --for=condition=Ready pod/web");
    await forward("web 8080:80");
    await expect(page.getByTestId("tab-:8080")).toHaveAttribute("aria-selected", "true");
    await expect(page.frameLocator('[data-testid="preview"]').locator("h1")).toContainText("nginx");
    await page.screenshot({ path: `${artifacts}/preview.png` });
    await page.getByTestId("tab-console").click();
    await expect(screen(page, "console")).toContainText("Forwarding from 127.0.0.1:8080 -> 80");
    await expect(screen(page, "console")).toContainText("Handling connection for 8080");
    await focusConsole(page);
    await page.keyboard.press("Control+c");
    await prompt(page);
    await expect(page.getByTestId("tab-:8080")).toHaveCount(0);
  });

  test("its page finds its own paths, and cannot reach the API", async () => {
    const html = `<h1>app</h1><script src=/app.js></script>`;
    const script = `
      const say = (text) => document.body.append(text + ";");
      fetch("/data.txt").then((r) => r.text()).then((t) => say("own:" + t.trim()));
      fetch("${new URL(page.url()).origin}/sandboxes/${sandbox}/api/v1/pods").then(() => say("api:open"), () => say("api:closed"));
      try { parent.document.title; say("page:open") } catch { say("page:closed") }`;
    const put = (name: string, text: string) =>
      type(page, `kubectl exec web -- sh -c 'echo ${Buffer.from(text).toString("base64")} | base64 -d > /usr/share/nginx/html/${name}'`);
    await put("index.html", html);
    await put("app.js", script);
    await put("data.txt", "42");
    await forward("pod/web :80");
    const body = page.frameLocator('[data-testid="preview"]').locator("body");
    await expect(body).toContainText("own:42;");
    await expect(body).toContainText("api:closed;");
    await expect(body).toContainText("page:closed;");
    await page.getByTestId("stop-preview").click();
    await expect(page.getByTestId("tab-console")).toHaveAttribute("aria-selected", "true");
    await prompt(page);
  });

  test("a port where nobody listens says so, and so does a Pod that is gone", async () => {
    await forward("web 81");
    const frame = page.frameLocator('[data-testid="preview"]');
    await expect(frame.locator("body")).toContainText("connection refused");
    const address = await page.getByTestId("preview").getAttribute("src");
    await page.getByTestId("stop-preview").click();
    await prompt(page);
    await type(page, "kubectl delete pod web --now");
    const gone = await page.context().newPage();
    const answer = await gone.goto(address!);
    expect(answer!.status()).toBe(404);
    await expect(gone.locator("body")).toContainText('pods "web" not found');
    await gone.close();
  });

  test("a Pod that does not run is not forwarded", async () => {
    await type(page, `kubectl run waits --image nginx --overrides='{"spec":{"nodeSelector":{"no":"node"}}}'`);
    expect(await type(page, "kubectl port-forward waits 80")).toContain(
      "error: unable to forward port because pod is not running. Current status=Pending",
    );
  });

  test("kubectl edit opens the shell's editor", async () => {
    await focusConsole(page);
    await page.keyboard.insertText("kubectl edit pod waits");
    await page.keyboard.press("Enter");
    await expect(screen(page, "console")).toContainText("Please edit the object below");
    await page.keyboard.insertText(":%s/run: waits/run: edited/");
    await page.keyboard.press("Enter");
    await page.keyboard.insertText(":wq");
    await page.keyboard.press("Enter");
    await prompt(page);
    expect(await type(page, "kubectl get pod waits -L run --no-headers")).toContain("edited");
  });
});

// The server goes away and comes back: the page says so, keeps the work, and goes on by itself.
import { expect, test } from "@playwright/test";
import { code, held, screen, type } from "./page.ts";
import { cleanUp, Server } from "./server.ts";

test("the server is killed under an open page", async ({ browser }) => {
  const server = new Server();
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, locale: "en-US" });
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  try {
    await server.start();
    await page.goto(server.url);
    await expect(page.getByTestId("node-worker")).toContainText("Ready", { timeout: 60_000 });
    await page.getByTestId("templates").selectOption("configmap");
    await expect(code(page)).toContainText("my-config");
    await code(page).click();
    await page.keyboard.press("Control+End");
    await page.keyboard.insertText("  KEPT: here\n");

    await type(page, "echo printed-$((40+2))-before");
    await page.getByTestId("tab-master").click();
    await expect(screen(page, "terminal-master")).toContainText("root@master:~#");
    await page.getByTestId("terminal-master").locator("textarea").focus();
    await page.keyboard.insertText("kubectl config set-context --current --namespace=kube-system; seq 100; echo $((40+2))-in-terminal");
    await page.keyboard.press("Enter");
    await expect(screen(page, "terminal-master")).toContainText("42-in-terminal");

    await server.end("SIGKILL");
    await expect(page.getByTestId("offline")).toBeVisible();
    await expect(code(page)).toContainText("KEPT: here");
    // What cannot be saved now is told, and not lost.
    await page.getByTestId("save").click();
    await expect(page.getByTestId("file-refusal")).toBeVisible();
    await expect(page.getByTestId("save")).toBeEnabled();

    await server.start();
    await expect(page.getByTestId("offline")).toBeHidden();
    await expect(page.getByTestId("node-worker")).toContainText("Ready");
    await page.getByTestId("apply").click();
    await expect(screen(page, "console")).toContainText("configmap/my-config created");
    await expect(page.getByTestId("file-refusal")).toBeHidden();
    expect(await type(page, "kubectl get configmap my-config -n kube-system -o jsonpath={.data.KEPT}")).toContain("here");
    // What terminals showed is still there, above a new shell, and the kubeconfig is as it was left.
    expect(await held(page, "console")).toContain("printed-42-before");
    expect(await type(page, "kubectl config view --minify -o jsonpath={..namespace}")).toBe("kube-system");
    await page.getByTestId("tab-master").click();
    await expect(screen(page, "terminal-master")).toHaveText(/This is a new one\.\s*root@master:~#\s*$/);
    expect(await held(page, "terminal-master")).toMatch(/\n1\n2\n3\n[^]*42-in-terminal/);
    expect(errors).toEqual([]);
  } finally {
    await page.context().close();
    await cleanUp(server);
  }
});

// The server goes away and comes back: the page says so, keeps the work, and goes on by itself.
import { expect, test } from "@playwright/test";
import { code, screen, type } from "./page.ts";
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
    expect(await type(page, "kubectl get configmap my-config -o jsonpath={.data.KEPT}")).toContain("here");
    expect(errors).toEqual([]);
  } finally {
    await page.context().close();
    await cleanUp(server);
  }
});

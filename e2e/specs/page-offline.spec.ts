// The server goes away and comes back: the page says so, keeps the work, and goes on by itself.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { code, screen, type } from "./page.ts";
import { Server } from "./server.ts";

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).split("\n").filter(Boolean);

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
    await server.end("SIGTERM");
    const instance = readFileSync(join(server.dataDir, "instance"), "utf8").trim();
    const containers = docker("ps", "-aq", "--filter", `label=io.podground.instance=${instance}`);
    if (containers.length) docker("rm", "-fv", ...containers);
    const networks = docker("network", "ls", "-q", "--filter", `label=io.podground.instance=${instance}`);
    if (networks.length) docker("network", "rm", ...networks);
    rmSync(server.dataDir, { recursive: true, force: true });
  }
});

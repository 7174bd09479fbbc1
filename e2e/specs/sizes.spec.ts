// What a first visit costs: bytes as they are sent, and, told but not held to anything, when the page can be used.
import { get } from "node:http";
import { expect, test } from "@playwright/test";
import { freshSandbox, removeSandbox } from "./sandbox.ts";

const sandbox = "sizes";
/** With editor and terminal. */
const limits = { wasm: 450_000, all: 700_000 };

/** The bytes of an answer's body, compressed as browsers ask for it. */
const sent = (url: string) =>
  new Promise<number>((resolve, reject) => {
    get(url, { headers: { "accept-encoding": "br" } }, (answer) => {
      let bytes = 0;
      answer.on("data", (piece: Buffer) => (bytes += piece.length));
      answer.on("end", () => resolve(bytes));
      answer.on("error", reject);
    }).on("error", reject);
  });

test.beforeAll(({ request }) => freshSandbox(request, sandbox));
test.afterAll(({ request }) => removeSandbox(request, sandbox));

test("the first load is small", async ({ page, baseURL }) => {
  const files = new Set<string>();
  page.on("response", (response) => {
    const { origin, pathname } = new URL(response.url());
    // What the API tells is no part of the page.
    if (origin === new URL(baseURL!).origin && !/^\/(sandboxes|playground)\//.test(pathname)) files.add(response.url().split("#")[0]!);
  });
  await page.addInitScript(() => localStorage.setItem("podground.tour", "done"));
  await page.goto(`/?sandbox=${sandbox}`);
  await expect(page.getByTestId("node-worker")).toContainText("Ready");
  await expect(page.getByTestId("console").locator(".xterm-rows")).toContainText("root@master:~#");
  // The editor comes with the first file.
  await page.getByTestId("templates").selectOption({ index: 1 });
  await expect(page.getByTestId("code").locator(".cm-content")).toContainText("apiVersion");
  const sizes = await Promise.all([...files].map(async (url) => [new URL(url).pathname, await sent(url)] as const));
  const told = sizes.map(([name, bytes]) => `${bytes} ${name}`).join("\n");
  const wasm = sizes.filter(([name]) => name.endsWith(".wasm"));
  expect(wasm.length, told).toBe(1);
  expect(wasm[0]![1], told).toBeLessThanOrEqual(limits.wasm);
  const all = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  console.log(`first load: ${Math.round(all / 1000)} kB, of which WASM ${Math.round(wasm[0]![1] / 1000)} kB`);
  expect(all, told).toBeLessThanOrEqual(limits.all);
});

test("when the page can be used, on a CPU four times slower", async ({ page }) => {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await page.goto(`/?sandbox=${sandbox}`);
  // The prompt is there, and a key shows.
  await expect(page.getByTestId("console").locator(".xterm-rows")).toContainText("root@master:~#");
  const prompt = await page.evaluate(() => performance.now());
  await page.getByTestId("console").locator("textarea").focus();
  await page.keyboard.insertText("kubectl");
  await expect(page.getByTestId("console").locator(".xterm-rows")).toContainText("# kubectl");
  const key = await page.evaluate(() => performance.now());
  console.log(`4x slower CPU: prompt after ${Math.round(prompt)} ms, a key's echo after ${Math.round(key)} ms`);
});

// What a first visit costs: bytes as they are sent, and, told but not held to anything, when the page can be used.
// `cargo xtask bench` runs this as well, with PODGROUND_VISITS visits instead of one.
import { get } from "node:http";
import { expect, test, type Browser } from "@playwright/test";
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

const median = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)]!;

/** Milliseconds from the address to the console's prompt, and to the first key's echo. Nothing is in the browser's cache. */
async function visit(browser: Browser, slower: number) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: slower });
  await page.goto(`/?sandbox=${sandbox}`, { waitUntil: "commit" });
  // What the page sees itself: waiting from outside has beats of its own.
  const shows = (text: string) =>
    page.waitForFunction((text) => document.querySelector(".xterm-rows")?.textContent?.includes(text) && performance.now(), text, { polling: "raf" });
  const prompt = await (await shows("root@master:~#")).jsonValue();
  await page.getByTestId("console").locator("textarea").focus();
  await page.keyboard.insertText("kubectl");
  const key = await (await shows("# kubectl")).jsonValue();
  await context.close();
  return [prompt as number, key as number] as const;
}

test("when the page can be used", async ({ browser }) => {
  const visits = Number(process.env.PODGROUND_VISITS ?? 1);
  for (const slower of [1, 4]) {
    const times: (readonly [number, number])[] = [];
    for (let n = 0; n < visits; n++) times.push(await visit(browser, slower));
    const [prompt, key] = [0, 1].map((at) => Math.round(median(times.map((time) => time[at]!))));
    console.log(`first visit, CPU ${slower}x slower: prompt after ${prompt} ms, a key's echo after ${key} ms, medians of ${visits}`);
  }
});

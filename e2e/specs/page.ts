// The page as tests use it: its console, its files, what it may not do.
import { expect, test, type APIRequestContext, type Browser, type BrowserContextOptions, type Page } from "@playwright/test";
import type { Step } from "../chapter/index.ts";
import { freshSandbox, removeSandbox } from "./sandbox.ts";

export const artifacts = "artifacts";

/** Opens the page of a sandbox and waits until it can be used. `errors` fills with what should never happen. */
export async function openPage(browser: Browser, sandbox: string, options: BrowserContextOptions = {}, fragment = "") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, locale: "en-US", colorScheme: "light", ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  // A page built for development tells panics there; in the shipped one they are traps, and those are page errors.
  page.on("console", (message) => message.text().includes("panicked at") && errors.push(message.text()));
  // The first visit's tour is over.
  await page.addInitScript(() => window === window.top && localStorage.setItem("podground.tour", "done"));
  await page.goto(`/?sandbox=${sandbox}${fragment}`);
  await expect(page.getByTestId("node-worker")).toContainText("Ready", { timeout: 30_000 });
  await expect(screen(page, "console")).toContainText("root@master:~#");
  return { page, errors };
}

/** One page of a fresh sandbox for a whole suite; what should never happen fails the test in which it happens. */
export function onPage(sandbox: string, take: (page: Page) => void, options: BrowserContextOptions = {}) {
  let opened: Awaited<ReturnType<typeof openPage>> | undefined;
  test.beforeAll(async ({ browser, request }) => {
    await freshSandbox(request, sandbox);
    opened = await openPage(browser, sandbox, options);
    take(opened.page);
  });
  test.afterEach(() => expect(opened?.errors).toEqual([]));
  test.afterAll(async ({ request }) => {
    await opened?.page.context().close();
    await removeSandbox(request, sandbox);
  });
}

/** What a terminal shows. */
export const screen = (page: Page, name: string) => page.getByTestId(name).locator(".xterm-rows");

/** All that a terminal holds, also above the screen, wrapped lines joined. */
export const held = (page: Page, name: string): Promise<string> =>
  page.getByTestId(name).evaluate((host: any) => host.terminalText());

export const focusConsole = (page: Page) => focusTerminal(page, "console");

/**
 * Gives a terminal the keys. A command that brings another tab to the front may do so before the Enter key is up again;
 * then the terminal takes that key for held down, and text that comes without keys for its echo. Another key ends that.
 */
export async function focusTerminal(page: Page, name: string) {
  await page.getByTestId(name).locator("textarea").focus();
  await page.keyboard.press("Shift");
}

/** Types a command and gives what was printed until the prompt came back. */
export function type(page: Page, line: string): Promise<string> {
  return enter(page, "console", line, async () => {
    for (const part of line.split("\n")) {
      await page.keyboard.insertText(part.replaceAll("\t", " "));
      await page.keyboard.press("Enter");
    }
  });
}

/** Pastes a command into a terminal, as from a book's page, and gives what was printed until the prompt came back. */
export function paste(page: Page, terminal: string, command: string): Promise<string> {
  return enter(page, terminal, command, async () => {
    await page.evaluate((text) => navigator.clipboard.writeText(text), command);
    await page.keyboard.press("Control+Shift+v");
    await page.keyboard.press("Enter");
  });
}

async function enter(page: Page, terminal: string, line: string, keys: () => Promise<void>): Promise<string> {
  await focusTerminal(page, terminal);
  const before = (await held(page, terminal)).length;
  await keys();
  let printed = "";
  await expect(async () => {
    printed = (await held(page, terminal)).slice(before).replaceAll("\u00a0", " ");
    // The prompt stands there again, with nothing behind it.
    expect(printed).toMatch(/root@master:\S+#\s*$/);
  }).toPass({ timeout: 90_000, intervals: [50, 100, 200] });
  const output = printed.slice(0, printed.lastIndexOf("root@master:")).replace(/\n$/, "");
  return output.split("\n").slice(line.split("\n").length).join("\n");
}

/** Plays a step of the chapter: its files, its command by `run`, and what must be seen. */
export async function play(page: Page, sandbox: string, step: Step, run: (line: string) => Promise<string>) {
  for (const [name, text] of Object.entries(step.files ?? {})) await writeFile(page.request, sandbox, name, text);
  const once = async () => {
    const output = await run(step.run);
    if (step.see) expect(output).toMatch(step.see);
    if (step.miss) expect(output).not.toMatch(step.miss);
  };
  if (step.eventually) await expect(once).toPass({ timeout: 150_000, intervals: [500] });
  else await once();
}

/** Waits for the console's prompt with nothing behind it. */
export const prompt = (page: Page) => expect(screen(page, "console")).toHaveText(/root@master:\S+#\s*$/);

export function writeFile(request: APIRequestContext, sandbox: string, name: string, data: string) {
  return request.put(`/playground/v1/sandboxes/${sandbox}/files/${name}`, { data });
}

/** The editor's text. */
export const code = (page: Page) => page.getByTestId("code").locator(".cm-content");

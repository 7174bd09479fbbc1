// The page as tests use it: its console, its files, what it may not do.
import { expect, type APIRequestContext, type Browser, type BrowserContextOptions, type Page } from "@playwright/test";

export const artifacts = "artifacts";

/** Opens the page of a sandbox and waits until it can be used. `errors` fills with what should never happen. */
export async function openPage(browser: Browser, sandbox: string, options: BrowserContextOptions = {}, fragment = "") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, locale: "en-US", colorScheme: "light", ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  // Panics of the app are told there.
  page.on("console", (message) => message.text().includes("panicked at") && errors.push(message.text()));
  // The first visit's tour is over.
  await page.addInitScript(() => window === window.top && localStorage.setItem("podground.tour", "done"));
  await page.goto(`/?sandbox=${sandbox}${fragment}`);
  await expect(page.getByTestId("node-worker")).toContainText("Ready", { timeout: 30_000 });
  await expect(screen(page, "console")).toContainText("root@master:~#");
  return { page, errors };
}

/** What a terminal shows. */
export const screen = (page: Page, name: string) => page.getByTestId(name).locator(".xterm-rows");

/** All that a terminal holds, also above the screen, wrapped lines joined. */
export const held = (page: Page, name: string): Promise<string> =>
  page.getByTestId(name).evaluate((host: any) => host.terminalText());

export async function focusConsole(page: Page) {
  await page.getByTestId("console").locator("textarea").focus();
}

/** Types a command and gives what was printed until the prompt came back. */
export async function type(page: Page, line: string): Promise<string> {
  await focusConsole(page);
  const before = (await held(page, "console")).length;
  for (const part of line.split("\n")) {
    await page.keyboard.insertText(part.replaceAll("\t", " "));
    await page.keyboard.press("Enter");
  }
  let printed = "";
  await expect(async () => {
    printed = (await held(page, "console")).slice(before).replaceAll("\u00a0", " ");
    // The prompt stands there again, with nothing behind it.
    expect(printed).toMatch(/\n(root@master:\S+#)\s*$/);
  }).toPass({ timeout: 90_000, intervals: [50, 100, 200] });
  return printed.slice(0, printed.lastIndexOf("\nroot@master:")).split("\n").slice(line.split("\n").length).join("\n");
}

/** Waits for the console's prompt with nothing behind it. */
export const prompt = (page: Page) => expect(screen(page, "console")).toHaveText(/root@master:\S+#\s*$/);

export function writeFile(request: APIRequestContext, sandbox: string, name: string, data: string) {
  return request.put(`/playground/v1/sandboxes/${sandbox}/files/${name}`, { data });
}

/** The editor's text. */
export const code = (page: Page) => page.getByTestId("code").locator(".cm-content");

// Everybody can use it: axe finds nothing, in each theme and language, and the keyboard reaches everything.
import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { artifacts, code, openPage, type } from "./page.ts";
import { freshSandbox, removeSandbox } from "./sandbox.ts";

const sandbox = "page-access";

async function axe(page: Page, what: string) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map((v) => `${v.id} (${v.impact}): ${v.help}\n  ${v.nodes.map((n) => `${n.target}: ${n.any.concat(n.all, n.none).map((c) => c.message).join("; ")}`).join("\n  ")}`);
  expect(found, what).toEqual([]);
}

test.describe("access", () => {
  test.beforeAll(async ({ browser, request }) => {
    await freshSandbox(request, sandbox);
    const { page } = await openPage(browser, sandbox);
    await type(page, "kubectl run web --image nginx --image-pull-policy IfNotPresent");
    await type(page, "kubectl run bad --image busybox --image-pull-policy IfNotPresent -- false");
    await expect(page.getByTestId("pod-web")).toContainText("Running");
    await page.context().close();
  });
  test.afterAll(({ request }) => removeSandbox(request, sandbox));

  for (const locale of ["en-US", "ko-KR"]) {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const contrast of ["no-preference", "more"] as const) {
        test(`axe: ${locale}, ${colorScheme}, contrast ${contrast}`, async ({ browser }) => {
          const { page, errors } = await openPage(browser, sandbox, { locale, colorScheme, contrast });
          await expect(page.locator("html")).toHaveAttribute("lang", locale.slice(0, 2));
          await page.getByTestId("templates").selectOption("pod");
          await expect(code(page)).toContainText("my-pod");
          await code(page).click();
          await page.keyboard.press("Control+End");
          await page.keyboard.insertText("  wrong: yes\n");
          await expect(page.getByTestId("problems")).toBeVisible();
          await axe(page, "the page");
          await page.screenshot({ path: `${artifacts}/axe-${locale}-${colorScheme}-${contrast}.png` });
          await page.getByTestId("pod-bad").click();
          for (const facet of ["facet-status", "why", "facet-events", "facet-logs", "facet-yaml"]) {
            await page.getByTestId(facet).click();
            await axe(page, facet);
          }
          await page.keyboard.press("Escape");
          await type(page, "kubectl get pod");
          await page.getByTestId("http").click();
          await page.getByTestId("http-request").first().click();
          await axe(page, "HTTP");
          await page.getByTestId("timeline").click();
          await axe(page, "the timeline");
          expect(errors).toEqual([]);
          await page.context().close();
        });
      }
    }
  }

  test("axe: a phone", async ({ browser }) => {
    const { page } = await openPage(browser, sandbox);
    await page.setViewportSize({ width: 390, height: 844 });
    for (const pane of ["Lesson", "Editor", "Console", "Cluster"]) {
      await page.locator(".phonebar").getByRole("tab", { name: pane }).click();
      await axe(page, pane);
    }
    await page.getByTestId("pod-web").click();
    await axe(page, "the drawer on a phone");
    await page.context().close();
  });

  test("the tour: four steps on the first visit, and never again", async ({ browser }) => {
    const context = await browser.newContext({ locale: "en-US" });
    const page = await context.newPage();
    await page.goto(`/?sandbox=${sandbox}`);
    const tour = page.getByTestId("tour");
    for (const [at, pane] of ["lesson", "editor", "console", "cluster"].entries()) {
      await expect(tour).toContainText(`${at + 1}/4`);
      await expect(page.getByTestId("app")).toHaveAttribute("data-tour", pane);
      if (at === 0) await axe(page, "the tour");
      await page.getByTestId("tour-next").click();
    }
    await expect(tour).toBeHidden();
    await page.reload();
    await expect(page.getByTestId("node-worker")).toBeVisible();
    await expect(tour).toBeHidden();
    await context.close();
    const other = await (await browser.newContext({ locale: "ko-KR" })).newPage();
    await other.goto(`/?sandbox=${sandbox}`);
    await other.getByTestId("tour-skip").click();
    await other.reload();
    await expect(other.getByTestId("node-worker")).toBeVisible();
    await expect(other.getByTestId("tour")).toBeHidden();
    await other.context().close();
  });

  test("drawers take the focus and give it back", async ({ browser }) => {
    const { page } = await openPage(browser, sandbox);
    const pod = page.getByTestId("pod-web");
    await pod.focus();
    await page.keyboard.press("Enter");
    const drawer = page.getByTestId("pod-drawer");
    await expect(drawer).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(drawer).toBeHidden();
    await expect(pod).toBeFocused();
    await page.getByTestId("http").focus();
    await page.keyboard.press("Enter");
    await expect(page.getByTestId("http-drawer")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(page.getByTestId("http")).toBeFocused();
    await page.context().close();
  });

  test("tabs by arrow keys: one stop, Home and End", async ({ browser }) => {
    const { page } = await openPage(browser, sandbox);
    await page.getByTestId("tab-console").focus();
    await page.keyboard.press("ArrowLeft");
    await expect(page.getByTestId("tab-worker")).toBeFocused();
    await page.keyboard.press("Home");
    await expect(page.getByTestId("tab-console")).toBeFocused();
    await expect(page.getByTestId("tab-console")).toHaveAttribute("tabindex", "0");
    await expect(page.getByTestId("tab-worker")).toHaveAttribute("tabindex", "-1");
    await page.context().close();
  });

  test("the theme follows the system until it is chosen", async ({ browser }) => {
    const { page } = await openPage(browser, sandbox);
    const theme = page.locator("html");
    await expect(theme).toHaveAttribute("data-theme", "light");
    await page.emulateMedia({ colorScheme: "dark" });
    await expect(theme).toHaveAttribute("data-theme", "dark");
    await page.getByTestId("theme").click();
    await expect(theme).toHaveAttribute("data-theme", "light");
    await page.emulateMedia({ colorScheme: "light" });
    await page.emulateMedia({ colorScheme: "dark" });
    await expect(theme).toHaveAttribute("data-theme", "light");
    await page.context().close();
  });

  test("panes are resized by keyboard and pointer, and stay so", async ({ browser }) => {
    const { page } = await openPage(browser, sandbox);
    const width = async () => (await page.getByTestId("lesson").boundingBox())!.width;
    const height = async () => (await page.getByTestId("editor").boundingBox())!.height;
    const before = await width();
    await page.getByTestId("splitter-lesson").focus();
    for (let n = 0; n < 4; n++) await page.keyboard.press("ArrowRight");
    await expect.poll(width).toBeGreaterThan(before + 50);
    const high = await height();
    const line = (await page.getByTestId("splitter-editor").boundingBox())!;
    await page.mouse.move(line.x + 100, line.y + 4);
    await page.mouse.down();
    await page.mouse.move(line.x + 100, line.y - 80, { steps: 4 });
    await page.mouse.up();
    await expect.poll(height).toBeLessThan(high - 50);
    const sizes = [await width(), await height()];
    await page.reload();
    await expect(page.getByTestId("node-worker")).toBeVisible();
    expect([await width(), await height()]).toEqual(sizes);
    await page.context().close();
  });

  test("a terminal that could not be loaded is asked for again", async ({ browser }) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    let asked = 0;
    await page.route("**/terminal-*.js*", (route) => (asked++ === 0 ? route.abort() : route.continue()));
    await page.goto(`/?sandbox=${sandbox}`);
    await expect(page.getByTestId("console").locator(".xterm-rows")).toContainText("root@master:~#");
    expect(asked).toBe(2);
    await context.close();
  });

  test("nothing shifts while loading", async ({ browser }) => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    await page.addInitScript(() => {
      const shifts: string[] = ((globalThis as any).shifts = []);
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as any[])
          for (const source of entry.sources) shifts.push(`${source.node?.outerHTML?.slice(0, 120)} ${entry.value}`);
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.goto(`/?sandbox=${sandbox}`);
    await expect(page.getByTestId("pod-web")).toBeVisible();
    await expect(page.getByTestId("console").locator(".xterm-rows")).toContainText("root@master:~#");
    await expect(page.getByTestId("lesson").locator("h1")).toBeVisible();
    expect(await page.evaluate(() => (globalThis as any).shifts)).toEqual([]);
    await page.context().close();
  });
});

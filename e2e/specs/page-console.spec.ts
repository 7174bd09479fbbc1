// The console pane: several consoles, the mouse's clipboard, screen readers.
import { expect, test, type Page } from "@playwright/test";
import { artifacts, held, onPage, screen, type } from "./page.ts";

const sandbox = "consoles";

test.describe("the console pane", () => {
  test.describe.configure({ mode: "serial" });
  let page: Page;

  onPage(sandbox, (opened) => (page = opened), { permissions: ["clipboard-read", "clipboard-write"] });

  const into = async (console: string, line: string) => {
    await page.getByTestId(console).locator("textarea").focus();
    await page.keyboard.insertText(line);
    await page.keyboard.press("Enter");
  };

  test("a second console runs beside the first", async () => {
    await into("console", "sleep 1000");
    await page.getByTestId("new-console").click();
    await expect(page.getByTestId("tab-console 2")).toHaveAttribute("aria-selected", "true");
    await expect(screen(page, "console 2")).toContainText("root@master:~#");
    await into("console 2", "cd / && pwd && kubectl get nodes -o name");
    await expect(screen(page, "console 2")).toContainText("node/worker");
    await expect(screen(page, "console 2")).toContainText("root@master:/#");
    // Each has a shell of its own: the first one still sleeps, where it was.
    await page.getByTestId("tab-console").click();
    await page.getByTestId("console").locator("textarea").focus();
    await page.keyboard.press("Control+c");
    await expect(screen(page, "console")).toHaveText(/root@master:~#\s*$/);
    await page.screenshot({ path: `${artifacts}/consoles.png` });
  });

  test("closing a console ends what runs in it", async () => {
    await page.getByTestId("tab-console 2").click();
    await into("console 2", "exec -a closed-console sleep 1000");
    await page.getByTestId("tab-console").click();
    const running = () => type(page, "pgrep -fc '^closed-consol[e]'");
    await expect(async () => expect((await running()).trim()).toBe("1")).toPass();
    await page.getByTestId("tab-console 2").getByTestId("close-console").click();
    await expect(page.getByTestId("tab-console 2")).toHaveCount(0);
    await expect(page.getByTestId("tab-console")).toHaveAttribute("aria-selected", "true");
    await expect(async () => expect((await running()).trim()).toBe("0")).toPass();
  });

  test("a right click offers what is marked to copy, and a place to paste", async () => {
    await into("console", "clear");
    await expect(screen(page, "console")).toHaveText(/^root@master:~#\s*$/);
    await type(page, "echo marked-word");
    const word = screen(page, "console").locator("div", { hasText: /^marked-word/ }).last();
    const box = (await word.boundingBox())!;
    await page.mouse.dblclick(box.x + 20, box.y + box.height / 2);
    await page.mouse.click(box.x + 20, box.y + box.height / 2, { button: "right" });
    // The browser's menu is about the element under the pointer: the terminal's own field, with the marked text in it.
    const field = page.getByTestId("console").locator("textarea");
    await expect(field).toHaveValue("marked-word");
    await page.keyboard.press("Control+c");
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe("marked-word");
    await page.evaluate(() => navigator.clipboard.writeText("echo pasted-$((6*7))"));
    await field.focus();
    await page.keyboard.press("Control+v");
    await page.keyboard.press("Enter");
    await expect.poll(() => held(page, "console")).toContain("\npasted-42");
  });

  test("a Pod's name in the output leads to the Pod", async () => {
    await type(page, "kubectl run linked --image nginx");
    await type(page, "kubectl get pod --no-headers");
    const row = screen(page, "console").locator("div", { hasText: /^linked / }).last();
    const box = (await row.boundingBox())!;
    await page.mouse.move(box.x + 10, box.y + box.height / 2);
    await expect(page.getByTestId("console").locator(".xterm-cursor-pointer")).toBeVisible();
    await page.mouse.click(box.x + 10, box.y + box.height / 2);
    await expect(page.getByTestId("pod-drawer").getByRole("heading", { name: "linked" })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByTestId("pod-drawer")).toHaveCount(0);
  });

  test("a screen reader reads the terminals, when asked to", async () => {
    const reader = page.getByTestId("reader");
    const tree = page.getByTestId("console").locator(".xterm-accessibility-tree");
    await expect(tree).toHaveCount(0);
    await reader.focus();
    await expect(reader).toHaveCSS("clip-path", "none");
    await page.keyboard.press("Enter");
    await expect(reader).toHaveAttribute("aria-pressed", "true");
    await expect(tree).toContainText("pasted-42");
    await page.reload();
    await expect(page.getByTestId("console").locator(".xterm-accessibility-tree")).toContainText("root@master");
    await reader.click();
    await expect(tree).toHaveCount(0);
  });
});

// What a lesson asks, and what of it is remembered.
import { expect, test, type Page } from "@playwright/test";
import { onPage, type } from "./page.ts";

const sandbox = "lessons";
const quiz = (page: Page, at: number) => page.getByTestId("quiz").nth(at);

test.describe("lessons", () => {
  test.describe.configure({ mode: "serial" });
  let page: Page;

  onPage(sandbox, (opened) => (page = opened));

  test("a question is answered by keyboard, told why, and answered again", async () => {
    const first = quiz(page, 0);
    const group = first.getByRole("group", { name: /three more of it/ });
    const check = first.getByTestId("check-answer");
    const verdict = first.getByTestId("verdict");
    await expect(check).toBeDisabled();
    await group.getByRole("radio").first().focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await expect(verdict).toHaveText("Not quite. Read why, and choose again.");
    // Of the choice that was taken, and of no other.
    const wrong = group.getByRole("radio", { name: "A Pod with four web servers in it" });
    await expect(wrong).toHaveAccessibleDescription(/only one of them could listen/);
    const right = group.getByRole("radio", { name: "Three more Pods" });
    await expect(right).toHaveAccessibleDescription("");

    await page.keyboard.press("ArrowDown");
    await expect(right).toBeChecked();
    // What was said was about another choice.
    await expect(verdict).toBeEmpty();
    await expect(wrong).toHaveAccessibleDescription("");
    await page.keyboard.press("Tab");
    await expect(check).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(verdict).toHaveText("Right.");
    await expect(right).toHaveAccessibleDescription(/an address of its own/);
    await expect(wrong).toHaveAccessibleDescription(/only one of them could listen/);
  });

  test("where several choices are right, all are wanted", async () => {
    await page.getByTestId("choose-lesson").selectOption("02-labels");
    const several = quiz(page, 0);
    await expect(several).toContainText("Choose all that apply.");
    await several.getByRole("checkbox", { name: "a", exact: true }).check();
    await several.getByTestId("check-answer").click();
    await expect(several.getByTestId("verdict")).toHaveText("Not quite. Read why, and choose again.");
    await several.getByRole("checkbox", { name: "c", exact: true }).check();
    await several.getByTestId("check-answer").click();
    await expect(several.getByTestId("verdict")).toHaveText("Right.");
  });

  test("answers are there after a reload, in either language", async () => {
    await page.reload();
    await expect(quiz(page, 0).getByTestId("verdict")).toHaveText("Right.");
    await page.getByTestId("language").click();
    const korean = quiz(page, 0);
    await expect(korean.getByTestId("verdict")).toHaveText("맞았습니다.");
    await expect(korean.getByRole("checkbox", { name: /^b/ })).not.toBeChecked();
    await page.getByTestId("language").click();
    await page.getByTestId("choose-lesson").selectOption("01-pod");
    await expect(quiz(page, 0).getByTestId("verdict")).toHaveText("Right.");
  });

  test("a hint tells of the learner's own object, and a step is reset", async () => {
    await page.getByTestId("choose-lesson").selectOption("02-labels");
    const node = page.getByTestId("check").filter({ hasText: "node-selector has been on a node" });
    await type(page, `kubectl run node-selector --image nginx --overrides '{"spec":{"nodeSelector":{"disktype":"tape"}}}'`);
    await expect(node).toContainText("Your Pod asks for disktype=tape and has no node yet");
    await type(page, "kubectl label node worker disktype=tape");
    await expect(node).toHaveAttribute("data-done", "true");
    const step = page.getByTestId("checks").filter({ has: node });
    const reset = page.getByTestId("reset-step").nth(await step.evaluate((ul) => [...document.querySelectorAll('[data-testid="checks"]')].indexOf(ul)));
    await reset.click();
    await expect(reset).toBeDisabled();
    await expect(reset).toBeEnabled({ timeout: 60_000 });
    expect(await type(page, "kubectl get nodes -l disktype -o name")).toBe("");
    await type(page, "kubectl delete pod node-selector --now");
    await expect(node).toHaveAttribute("data-done", "false");
    await page.getByTestId("choose-lesson").selectOption("01-pod");
  });

  test("starting over forgets answers and ticks, and says so before", async () => {
    const steps = page.getByTestId("checks");
    await page.getByTestId("do-step").click();
    await expect(steps.locator('[data-done="false"]')).toHaveCount(0, { timeout: 90_000 });
    let asked = "";
    page.once("dialog", (dialog) => {
      asked = dialog.message();
      return dialog.accept();
    });
    await page.getByTestId("reset").click();
    await expect(quiz(page, 0).getByTestId("verdict")).toBeEmpty({ timeout: 120_000 });
    expect(asked).toContain("what the lessons remember");
    await expect(steps.locator('[data-done="true"]')).toHaveCount(0, { timeout: 60_000 });
    await page.reload();
    await expect(quiz(page, 0).getByRole("radio", { checked: true })).toHaveCount(0);
  });
});

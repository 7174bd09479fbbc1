// Two browsers on one sandbox: each sees what the other does.
import { expect, test, type Page } from "@playwright/test";
import { code, focusConsole, openPage, prompt, screen, type } from "./page.ts";
import { freshSandbox, removeSandbox } from "./sandbox.ts";

const sandbox = "page-two";

test.describe("two browsers", () => {
  test.describe.configure({ mode: "serial" });
  let one: Page;
  let other: Page;
  const errors: string[][] = [];

  test.beforeAll(async ({ browser, request }) => {
    await freshSandbox(request, sandbox);
    const opened = [await openPage(browser, sandbox), await openPage(browser, sandbox, { locale: "ko-KR", colorScheme: "dark" })];
    [one, other] = opened.map(({ page }) => page) as [Page, Page];
    errors.push(...opened.map(({ errors }) => errors));
  });
  test.afterEach(() => expect(errors.flat()).toEqual([]));
  test.afterAll(async ({ request }) => {
    for (const page of [one, other]) await page?.context().close();
    await removeSandbox(request, sandbox);
  });

  test("a Pod that one makes comes up in the other's picture, console and drawer", async () => {
    await focusConsole(other);
    await other.keyboard.insertText("kubectl get pod -w");
    await other.keyboard.press("Enter");
    await type(one, "kubectl run shared --image nginx --image-pull-policy IfNotPresent");
    for (const page of [one, other]) await expect(page.getByTestId("pod-shared")).toContainText("Running");
    await expect(screen(other, "console")).toContainText(/shared\s*1\/1\s*Running/);
    await other.keyboard.press("Control+c");
    await prompt(other);

    await other.getByTestId("pod-shared").click();
    await other.getByTestId("pod-drawer").press("y");
    await expect(other.getByTestId("pod-yaml")).not.toContainText("seen: by-both");
    await type(one, "kubectl label pod shared seen=by-both");
    await expect(other.getByTestId("pod-yaml")).toContainText("seen: by-both");
    await other.keyboard.press("Escape");
  });

  test("a node that the other cordons is marked, and its taint keeps new Pods off", async () => {
    await type(other, "kubectl cordon master worker");
    for (const node of ["master", "worker"]) await expect(one.getByTestId(`node-${node}`)).toContainText("SchedulingDisabled");
    await type(one, "kubectl run waits --image nginx --image-pull-policy IfNotPresent");
    await expect(other.getByTestId("pod-waits")).toContainText("Pending");
    await type(other, "kubectl uncordon master worker");
    await expect(one.getByTestId("pod-waits")).toContainText("Running");
  });

  test("a file that one saves can be opened and applied by the other", async () => {
    one.once("dialog", (dialog) => dialog.accept("ours.yaml"));
    await one.getByTestId("new-file").click();
    await code(one).click();
    await one.keyboard.insertText("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ours\n");
    await one.getByTestId("save").click();
    await expect(one.getByTestId("save")).toBeDisabled();
    // The page looks for files after each command.
    await type(other, "true");
    await expect(async () => other.getByTestId("files").selectOption("ours.yaml", { timeout: 1000 })).toPass();
    await expect(code(other)).toContainText("name: ours");
    await other.getByTestId("apply").click();
    await expect(screen(other, "console")).toContainText("configmap/ours created");
    expect(await type(one, "kubectl get cm ours -o name")).toBe("configmap/ours");
  });

  test("what one deletes is gone for both", async () => {
    await type(other, "kubectl delete pod shared waits --now");
    for (const page of [one, other]) {
      await expect(page.getByTestId("pod-shared")).toBeHidden();
      await expect(page.getByTestId("pod-waits")).toBeHidden();
    }
  });
});

// How each pane looks, in light and dark, in English and Korean, held to what is kept in looks/.
import { expect, test, type Locator, type Page } from "@playwright/test";
import { code, openPage, type, writeFile } from "./page.ts";
import { differs, keep, look } from "./look.ts";
import { freshSandbox, removeSandbox } from "./sandbox.ts";

const sandbox = "looks";
const manifest = "# A Pod without an image\napiVersion: v1\nkind: Pod\nmetadata:\n  name: look\nspec:\n  containers:\n  - name: c\n    imag: nginx\n";

const pod = (name: string, spec: object) => ({
  apiVersion: "v1", kind: "Pod", metadata: { name },
  spec: { containers: [{ name: "c", image: "nginx", imagePullPolicy: "IfNotPresent" }], ...spec },
});

/** Each pane by its name, as the page shows it after some clicks. */
async function panes(page: Page): Promise<[string, () => Promise<Locator>][]> {
  const drawer = async (open: string, name: string) => {
    await page.getByTestId(open).click();
    await expect(page.getByTestId(name)).toBeVisible();
    return page.getByTestId(name);
  };
  return [
    ["lesson", async () => page.getByTestId("lesson")],
    ["editor", async () => page.getByTestId("editor")],
    ["cluster", async () => page.getByTestId("cluster")],
    ["console", async () => page.getByTestId("console")],
    ["pod", () => drawer("pod-web", "pod-drawer")],
    ["http", () => drawer("http", "http-drawer")],
    ["timeline", () => drawer("timeline", "timeline-drawer")],
  ];
}

test.describe("looks", () => {
  test.describe.configure({ mode: "serial" });

  test.beforeAll(async ({ request }) => {
    await freshSandbox(request, sandbox);
    await writeFile(request, sandbox, "look.yaml", manifest);
    for (const [name, spec] of Object.entries({ web: { nodeName: "worker" }, lost: { nodeSelector: { disktype: "tape" } } })) {
      await request.post(`/sandboxes/${sandbox}/api/v1/namespaces/default/pods`, { data: pod(name, spec) });
    }
  });
  test.afterAll(({ request }) => removeSandbox(request, sandbox));

  for (const colorScheme of ["light", "dark"] as const) {
    for (const locale of ["en-US", "ko-KR"]) {
      test(`${colorScheme}, ${locale}`, async ({ browser }) => {
        const { page, errors } = await openPage(browser, sandbox, { colorScheme, locale });
        await expect(page.getByTestId("pod-web")).toContainText("Running");
        await type(page, "kubectl get nodes -o name");
        await expect(async () => page.getByTestId("files").selectOption("look.yaml", { timeout: 1000 })).toPass();
        await expect(code(page)).toContainText("without an image");
        await expect(page.getByTestId("problems")).toBeVisible();
        await page.mouse.move(0, 0);
        for (const [name, show] of await panes(page)) {
          await test.step(name, async () => {
            const pane = await show();
            keep(name, `${colorScheme}-${locale.slice(0, 2)}`, await look(browser, pane));
            await page.keyboard.press("Escape");
          });
        }
        expect(errors).toEqual([]);
        await page.context().close();
      });
    }
  }

  test("a pane that has lost a part of its style is told", async ({ browser }) => {
    const { page } = await openPage(browser, sandbox);
    await expect(page.getByTestId("pod-web")).toContainText("Running");
    const broken: [string, string][] = [
      ["cluster", ".pane-cluster .pane-body { padding: 0 } .pod { border: 0 }"],
      ["cluster", ".pod .name { font-size: 2em }"],
      ["lesson", ".lesson { line-height: 1 }"],
      ["lesson", ".lesson h1 { font-size: 1em }"],
      ["editor", ".pane-head { display: none }"],
    ];
    for (const [name, style] of broken) {
      const pane = page.getByTestId(name);
      const whole = await look(browser, pane);
      expect(differs(whole, await look(browser, pane)), `${name} twice`).toBe(false);
      expect(differs(whole, await look(browser, pane, style)), style).toBe(true);
    }
    await page.context().close();
  });
});

// What the editor tells of fields: what becomes of them here, and what they are.
import { expect, test, type Page } from "@playwright/test";
import { artifacts, code, openPage, writeFile } from "./page.ts";
import { freshSandbox, removeSandbox } from "./sandbox.ts";

const sandbox = "fields";
const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: fields
spec:
  runtimeClassName: other
  hostNetwork: true
  containers:
  - name: c
    image: nginx
`;

test.describe("fields in the editor", () => {
  test.describe.configure({ mode: "serial" });
  let page: Page;
  let errors: string[];

  test.beforeAll(async ({ browser, request }) => {
    await freshSandbox(request, sandbox);
    await writeFile(request, sandbox, "fields.yaml", manifest);
    ({ page, errors } = await openPage(browser, sandbox));
    await page.getByTestId("files").selectOption("fields.yaml");
    await expect(code(page)).toContainText("runtimeClassName");
  });

  test.afterEach(() => expect(errors).toEqual([]));

  test.afterAll(async ({ request }) => {
    await page?.context().close();
    await removeSandbox(request, sandbox);
  });

  test("without effect is a quiet mark, refused an error, honoured no mark", async () => {
    await expect(code(page).locator(".cm-lintRange-info")).toHaveText("runtimeClassName");
    await expect(code(page).locator(".cm-lintRange-error")).toHaveText("true");
    await expect(code(page).locator(".cm-lintRange")).toHaveCount(2);
    const problems = page.getByTestId("problems");
    await expect(problems.locator(".problem-info")).toHaveText("spec.runtimeClassName: accepted without effect: there is one runtime");
    await expect(problems.locator(".problem-error")).toContainText("spec.hostNetwork: Forbidden");
  });

  test("hovering tells why, and what the field is, in the server's sentences", async () => {
    let asked = 0;
    page.on("request", (request) => request.url().endsWith("/openapi/v3/api/v1") && asked++);
    await code(page).locator(".cm-lintRange-info").hover();
    await expect(page.locator(".cm-tooltip-lint")).toContainText("accepted without effect: there is one runtime");
    await page.screenshot({ path: `${artifacts}/editor-marks.png` });
    const described = async (name: string) => {
      const schema = await (await page.request.get(`/sandboxes/${sandbox}/openapi/v3/api/v1`)).json();
      const [type, field] = name.split(".");
      return schema.components.schemas[`io.k8s.api.core.v1.${type}`].properties[field].description;
    };
    for (const [text, name] of [["image", "Container.image"], ["hostNetwork", "PodSpec.hostNetwork"]]) {
      await page.mouse.move(2, 2);
      await code(page).locator(".cm-line span").filter({ hasText: new RegExp(`^${text}$`) }).hover();
      await expect(page.locator(".cm-hint")).toContainText(await described(name));
    }
    expect(asked).toBe(1);
  });
});

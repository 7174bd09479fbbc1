// Files and the editor: tabs, folders, unsaved work, what mends a manifest, links, templates.
import { expect, test, type Page } from "@playwright/test";
import { code, focusConsole, held, onPage, openPage, prompt, screen, type, writeFile } from "./page.ts";

const sandbox = "page-files";
const pod = (name: string) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  containers:\n  - name: c\n    image: nginx\n`;

test.describe("files", () => {
  test.describe.configure({ mode: "serial" });
  let page: Page;

  /** Opens a file of the sandbox and waits for its text. */
  async function open(name: string, text: string) {
    await expect(async () => {
      await page.getByTestId("files").selectOption(name, { timeout: 1000 });
    }).toPass();
    await expect(page.getByTestId(`file-${name}`)).toHaveAttribute("aria-selected", "true");
    await expect(code(page)).toContainText(text);
  }

  async function put(name: string, text: string) {
    await writeFile(page.request, sandbox, name, text);
    // The page looks for files after each command.
    await type(page, "true");
  }

  onPage(sandbox, (opened) => (page = opened), { permissions: ["clipboard-read", "clipboard-write"] });

  test("files in folders are listed, tabs close, arrows move between them", async () => {
    await type(page, "mkdir -p sub/deep");
    await put("sub/deep/a.yaml", pod("deep"));
    await put("b.yaml", pod("b"));
    await open("sub/deep/a.yaml", "deep");
    await open("b.yaml", "name: b");
    await page.getByTestId("file-b.yaml").focus();
    await page.keyboard.press("ArrowRight");
    await expect(page.getByTestId("file-sub/deep/a.yaml")).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(code(page)).toContainText("deep");
    await page.keyboard.press("Delete");
    await expect(page.getByTestId("file-sub/deep/a.yaml")).toHaveCount(0);
    await expect(code(page)).toContainText("name: b");
    await page.getByTestId("file-b.yaml").getByTestId("close-file").click();
    await expect(page.getByTestId("file-b.yaml")).toHaveCount(0);
  });

  test("the file that was asked for last is shown, however long the first takes", async () => {
    await put("slow.yaml", pod("slow"));
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route("**/files/slow.yaml", async (route) => {
      await held;
      await route.continue();
    });
    await page.getByTestId("files").selectOption("slow.yaml");
    await open("b.yaml", "name: b");
    release();
    await expect(page.getByTestId("file-slow.yaml")).toBeVisible();
    await expect(page.getByTestId("file-b.yaml")).toHaveAttribute("aria-selected", "true");
    await expect(code(page)).toContainText("name: b");
    await page.unroute("**/files/slow.yaml");
  });

  test("what cannot be removed stays, and says why", async () => {
    await page.route("**/files/b.yaml", (route) =>
      route.request().method() === "DELETE"
        ? route.fulfill({ status: 500, json: { message: "the disk is broken" } })
        : route.continue(),
    );
    page.once("dialog", (dialog) => dialog.accept());
    await page.getByTestId("delete-file").click();
    await expect(page.getByTestId("file-refusal")).toContainText("the disk is broken");
    await expect(page.getByTestId("file-b.yaml")).toBeVisible();
    await page.unroute("**/files/b.yaml");
  });

  test("leaving with unsaved work asks first", async () => {
    await code(page).click();
    await page.keyboard.press("Control+End");
    await page.keyboard.insertText("# not saved\n");
    const asked = new Promise<string>((resolve) =>
      page.once("dialog", (dialog) => {
        resolve(dialog.type());
        void dialog.dismiss();
      }),
    );
    await page.evaluate(() => setTimeout(() => location.reload(), 0));
    expect(await asked).toBe("beforeunload");
    await expect(code(page)).toContainText("# not saved");
    await page.getByTestId("save").click();
    await expect(page.getByTestId("save")).toBeDisabled();
  });

  test("Apply while vim runs waits for vim, and writes nothing into it", async () => {
    await focusConsole(page);
    await page.keyboard.insertText("vim other.txt");
    await page.keyboard.press("Enter");
    await expect(screen(page, "console")).toContainText("other.txt");
    await page.keyboard.insertText("i");
    await expect(screen(page, "console")).toContainText("INSERT");
    await page.getByTestId("apply").click();
    await expect(page.getByTestId("waiting")).toContainText("kubectl apply -f b.yaml");
    await expect(screen(page, "console")).not.toContainText("kubectl apply");
    await focusConsole(page);
    await page.keyboard.press("Escape");
    await page.keyboard.insertText(":wq");
    await page.keyboard.press("Enter");
    await expect(screen(page, "console")).toContainText("pod/b created");
    await expect(page.getByTestId("waiting")).toBeHidden();
    await prompt(page);
    expect(await type(page, "cat other.txt")).not.toContain("kubectl");
  });

  test("a heredoc with quotes in it, and a quote with a heredoc's sign in it", async () => {
    expect(await type(page, "cat << 'EOF' | tr a-z A-Z\nit's \"half\nEOF")).toContain("IT'S \"HALF");
    expect(await type(page, "echo 'one << two\nthree'")).toContain("one << two\nthree");
  });

  test("what is typed while a command runs is the next command", async () => {
    await focusConsole(page);
    for (const line of ["sleep 1", "echo $((20+1))-ahead", "kubectl get nodes", "echo $((20+2))-ahead"]) {
      await page.keyboard.insertText(line);
      await page.keyboard.press("Enter");
    }
    await expect.poll(() => held(page, "console")).toMatch(/\n21-ahead\n(.*\n)*NAME(.*\n)*22-ahead\n/);
    expect(await type(page, "echo $((20+3))-behind")).toBe("23-behind");
  });

  test("buttons mend spaces that are none, and values that read otherwise", async () => {
    await put("traps.yaml", pod("traps").replace("    image", "\u00a0\u00a0\u00a0\u00a0image") + "    env:\n    - name: A\n      value: yes\n");
    await open("traps.yaml", "traps");
    const problems = page.getByTestId("problems");
    await problems.getByRole("button", { name: "Replace them all by plain spaces" }).first().click();
    await expect(problems.getByRole("button", { name: "Replace them all by plain spaces" })).toHaveCount(0);
    await problems.getByRole("button", { name: "Quote the value" }).first().click();
    await expect(problems).toBeHidden();
    await expect(code(page)).toContainText('value: "yes"');
  });

  test("completion and hover know the schema", async () => {
    await put("help.yaml", pod("help"));
    await open("help.yaml", "name: help");
    await code(page).click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("    imagePull");
    const options = page.locator(".cm-tooltip-autocomplete");
    // By pointer: for a moment after the list has opened, Enter is still a new line.
    await options.getByText("imagePullPolicy").click();
    await expect(code(page)).toContainText("imagePullPolicy: ");
    await page.keyboard.type("N");
    await options.getByText("Never").click();
    await expect(code(page)).toContainText("imagePullPolicy: Never");
    await code(page).getByText("containers").hover();
    await expect(page.locator(".cm-hint")).toContainText("spec.containers <[]Container>");
  });

  test("format mends the indentation and keeps comments", async () => {
    await put("crooked.yaml", "# why\napiVersion: v1\nkind: ConfigMap\nmetadata:\n      name: crooked # here\ndata:\n   a: b\n");
    await open("crooked.yaml", "crooked");
    await page.getByTestId("format").click();
    await page.getByTestId("save").click();
    await expect(page.getByTestId("save")).toBeDisabled();
    const saved = await page.request.get(`/playground/v1/sandboxes/${sandbox}/files/crooked.yaml`);
    expect(await saved.text()).toBe("# why\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: crooked # here\ndata:\n  a: b\n");
  });

  test("diff tells what applying would change", async () => {
    await put("b.yaml", pod("b").replace("name: b", "name: b\n  labels:\n    tier: front"));
    await open("b.yaml", "tier");
    await page.getByTestId("diff").click();
    await expect(screen(page, "console")).toContainText(/\+\s+tier: front/);
    await prompt(page);
  });

  test("templates, dropped files, and a link that carries a file", async ({ browser }) => {
    await page.getByTestId("templates").selectOption("secret");
    await expect(code(page)).toContainText("kind: Secret");
    await expect(page.getByTestId("problems")).toBeHidden();

    const data = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(["apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: 놓은-것\n"], "dropped.yaml"));
      return data;
    });
    await page.getByTestId("editor").dispatchEvent("drop", { dataTransfer: data });
    await expect(page.getByTestId("file-dropped.yaml")).toHaveAttribute("aria-selected", "true");
    await expect(code(page)).toContainText("놓은-것");

    await page.getByTestId("share").click();
    await expect(page.getByTestId("share")).toHaveText("Copied");
    const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
    const other = await openPage(browser, sandbox, {}, link.hash);
    await expect(other.page.getByTestId("file-dropped.yaml")).toHaveAttribute("aria-selected", "true");
    await expect(code(other.page)).toContainText("놓은-것");
    expect(new URL(other.page.url()).hash).toBe("");
    expect(other.errors).toEqual([]);
    await other.page.context().close();
  });

  test("every template is without a problem", async () => {
    for (const option of await page.getByTestId("templates").locator("option").all()) {
      const name = await option.getAttribute("value");
      if (!name) continue;
      await page.getByTestId("templates").selectOption(name);
      await expect(page.getByTestId(`file-${name}.yaml`)).toHaveAttribute("aria-selected", "true");
      await expect(code(page)).toContainText("apiVersion");
      await expect(page.getByTestId("problems"), name).toBeHidden();
    }
  });
});

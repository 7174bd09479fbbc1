// The chapter's commands as they are printed, pasted into the terminal of `master`, whose kubectl is the real one.
import { expect, test, type Page } from "@playwright/test";
import { cleanUp as deleteAll, sections } from "../chapter/index.ts";
import { openPage, paste, play, screen } from "./page.ts";
import { cleanUp, Server } from "./server.ts";

const sandbox = "default";
// Waiting is what takes long in the chapter: probes, back-off, grace periods.
const server = new Server(["--time-scale", "10"]);
const terminal = "terminal-master";

test.describe("pasted into the terminal of master", () => {
  test.describe.configure({ mode: "serial" });
  let page: Page;
  let errors: string[];

  test.beforeAll(async ({ browser }) => {
    await server.start();
    ({ page, errors } = await openPage(browser, sandbox, { baseURL: server.url, permissions: ["clipboard-read", "clipboard-write"] }));
    await page.getByTestId("tab-master").click();
    await expect(screen(page, terminal)).toContainText("root@master:~#");
  });
  test.afterEach(() => expect(errors).toEqual([]));
  test.afterAll(async () => {
    await page?.context().close();
    await cleanUp(server);
  });

  for (const section of sections) {
    test(`${section.id} ${section.title}`, async () => {
      for (const step of section.steps) await test.step(step.run, () => play(page, sandbox, step, (line) => paste(page, terminal, line)));
    });
  }

  test("cleans up", async () => {
    expect(await paste(page, terminal, deleteAll)).toContain('pod "mynginx" deleted from default namespace');
    expect(await paste(page, terminal, "kubectl get pod")).toBe("No resources found in default namespace.");
  });
});

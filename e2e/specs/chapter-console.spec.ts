// The chapter's commands from 5.4 on, typed in the page's console, whose kubectl is our own. (page.spec.ts has 5.1 to 5.3.)
import { expect, test, type Page } from "@playwright/test";
import { sections } from "../chapter/index.ts";
import { openPage, play, type } from "./page.ts";
import { cleanUp, Server } from "./server.ts";

const sandbox = "default";
// Waiting is what takes long in the chapter: probes, back-off, grace periods.
const server = new Server(["--time-scale", "10"]);

test.describe("typed in the console", () => {
  test.describe.configure({ mode: "serial" });
  let page: Page;
  let errors: string[];

  test.beforeAll(async ({ browser }) => {
    await server.start();
    ({ page, errors } = await openPage(browser, sandbox, { baseURL: server.url }));
  });
  test.afterEach(() => expect(errors).toEqual([]));
  test.afterAll(async () => {
    await page?.context().close();
    await cleanUp(server);
  });

  for (const section of sections.slice(3)) {
    test(`${section.id} ${section.title}`, async () => {
      for (const step of section.steps) await test.step(step.run, () => play(page, sandbox, step, (line) => type(page, line)));
    });
  }
});

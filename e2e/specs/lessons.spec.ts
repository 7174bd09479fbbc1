// The chapter as lessons, from the first click to the last, in both languages: every block is clicked as it comes, every
// check turns green, on real containers.
import { expect, test, type Locator, type Page } from "@playwright/test";
import { held, openPage } from "./page.ts";
import { cleanUp, Server } from "./server.ts";

test.describe.configure({ mode: "parallel" });

// The commands and checks are the same in both; the long run clicks through the English text too.
for (const locale of process.env.PODGROUND_LONG ? ["en-US", "ko-KR"] : ["ko-KR"]) {
  test.describe(`lessons in ${locale}`, () => {
    test.describe.configure({ mode: "serial" });
    // Waiting is what takes long in the chapter: probes, back-off, grace periods.
    const server = new Server(["--time-scale", "10"]);
    let page: Page;
    let errors: string[];

    test.beforeAll(async ({ browser }) => {
      await server.start();
      ({ page, errors } = await openPage(browser, "default", { baseURL: server.url, locale }));
      // A file of the lesson takes the place of what is in the editor.
      page.on("dialog", (dialog) => dialog.accept());
    });
    test.afterEach(() => expect(errors).toEqual([]));
    test.afterAll(async () => {
      await page?.context().close();
      await cleanUp(server);
    });

    for (let at = 0; at < 12; at++) {
      test(`lesson ${at + 1}`, async () => {
        const lesson = page.getByTestId("lesson");
        await page.getByTestId("choose-lesson").selectOption({ index: at });
        await expect(lesson.locator("h1")).toContainText(`5.${at + 1} `);
        const blocks = await lesson.locator('[data-testid="run"], [data-testid="open-file"], [data-testid="checks"]').all();
        for (const block of blocks) await test.step((await title(block)).trim(), () => click(page, block));
        await expect(lesson.locator('[data-testid="check"]:not([data-done="true"])')).toHaveCount(0);
      });
    }
  });
}

/** What stands over a block: a file's name, a command's first line, the first check. */
async function title(block: Locator) {
  const around = block.locator("xpath=ancestor-or-self::*[self::ul or contains(@class, 'block')][1]");
  return ((await around.innerText()) || "").replace(/^(Run|Open|실행|열기)\s*/, "").split("\n")[0]!;
}

async function click(page: Page, block: Locator) {
  switch (await block.getAttribute("data-testid")) {
    case "run":
      return run(page, block);
    case "open-file":
      return save(page, block);
    default:
      await expect(block.locator('[data-testid="check"]:not([data-done="true"])')).toHaveCount(0, { timeout: 120_000 });
  }
}

/** Clicks Run and waits for the prompt; again, as one does, where a container is not up yet. */
async function run(page: Page, button: Locator) {
  await expect(async () => {
    expect(await ran(page, button)).not.toMatch(/is waiting to start|container not found|unable to upgrade connection|PodInitializing/);
  }).toPass({ timeout: 120_000, intervals: [500] });
}

/** Clicks a button that runs something in the console; what is printed until the prompt stands there again. */
async function ran(page: Page, button: Locator) {
  const before = (await held(page, "console")).length;
  await button.click();
  let printed = "";
  await expect(async () => {
    await expect(page.getByTestId("waiting")).toBeHidden();
    const now = (await held(page, "console")).slice(before);
    // Between two commands of a block the prompt is there for a moment.
    const settled = now === printed;
    printed = now;
    expect(settled && /\n.*root@master:\S+#\s*$/.test(now), now).toBe(true);
  }).toPass({ timeout: 90_000, intervals: [200] });
  return printed;
}

/** Opens a file and saves it; applies it where no block of the lesson does. */
async function save(page: Page, button: Locator) {
  const name = (await button.locator("xpath=preceding-sibling::span").innerText()).trim();
  await button.click();
  await expect(page.getByTestId(`file-${name}`)).toHaveAttribute("aria-selected", "true");
  const applied = await button.evaluate((button, name) => {
    const marks = [...document.querySelectorAll('[data-testid="run"], [data-testid="open-file"], [data-testid="checks"]')];
    const after = marks.slice(marks.indexOf(button) + 1);
    const end = after.findIndex((mark) => (mark as HTMLElement).dataset.testid !== "run");
    const runs = after.slice(0, end < 0 ? undefined : end);
    return runs.some((mark) => mark.closest(".block")!.querySelector("pre")!.textContent!.includes(name));
  }, name);
  if (applied) {
    await page.getByTestId("save").click();
  } else {
    expect(await ran(page, page.getByTestId("apply"))).toMatch(/ (created|configured|unchanged)\n/);
  }
  await expect(page.getByTestId("save")).toBeDisabled();
}

// How a pane looks, as a grid of mean colours: small enough to keep, and the same whatever hints a font is drawn with.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test, type Browser, type Locator } from "@playwright/test";

const columns = 32;
const rows = 18;
/** How far a channel of a cell may be off, of 255. */
const tolerance = 10;
/** How many cells of a pane may be off by more. */
const mostOff = 6;

/** What differs from run to run: ages, addresses, sizes, times. */
export const unsteady = `
  .pod .meta, .facts-line, .summary, .terminal-host .xterm-cursor-layer, [data-testid="timeline-entries"],
  [data-testid="timeline-scrub"], [data-testid="conditions"] td:last-child, .http .meta { visibility: hidden !important; }
`;

/** The mean colours of a pane, row by row, three bytes a cell. */
export async function look(browser: Browser, pane: Locator, style = ""): Promise<Buffer[]> {
  const png = await pane.screenshot({ animations: "disabled", caret: "hide", style: unsteady + style });
  const context = await browser.newContext();
  const page = await context.newPage();
  const cells = await page.evaluate(
    async ({ png, columns, rows }) => {
      const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
      const drawing = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
      drawing.drawImage(image, 0, 0);
      const { data, width, height } = drawing.getImageData(0, 0, image.width, image.height);
      const sums = new Float64Array(columns * rows * 4);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const cell = 4 * (Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width));
          for (let channel = 0; channel < 3; channel++) sums[cell + channel]! += data[4 * (y * width + x) + channel]!;
          sums[cell + 3]!++;
        }
      }
      return Array.from({ length: columns * rows * 3 }, (_, at) => {
        const cell = 4 * Math.floor(at / 3);
        return Math.round(sums[cell + (at % 3)]! / sums[cell + 3]!);
      });
    },
    { png: png.toString("base64"), columns, rows },
  );
  await context.close();
  return Array.from({ length: rows }, (_, row) => Buffer.from(cells.slice(row * columns * 3, (row + 1) * columns * 3)));
}

/** The cells in which two looks differ. */
export function off(one: Buffer[], other: Buffer[]): string[] {
  const cells: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const channel = (of: Buffer[], at: number) => of[row]![3 * column + at]!;
      if ([0, 1, 2].some((at) => Math.abs(channel(one, at) - channel(other, at)) > tolerance)) cells.push(`${column},${row}`);
    }
  }
  return cells;
}

/** Whether two looks are different enough to be seen. */
export const differs = (one: Buffer[], other: Buffer[]) => off(one, other).length > mostOff;

/**
 * Holds a look to the one that is kept in `looks/PANE.json` under this name. `--update-snapshots` keeps it anew; one that
 * is missing is kept, and fails.
 */
export function keep(pane: string, name: string, found: Buffer[]) {
  const file = new URL(`../looks/${pane}.json`, import.meta.url);
  const kept: Record<string, string[]> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const update = ["all", "changed"].includes(test.info().config.updateSnapshots);
  const known = kept[name]?.map((row) => Buffer.from(row, "base64"));
  if (update || !known) {
    kept[name] = found.map((row) => row.toString("base64"));
    writeFileSync(file, `${JSON.stringify(kept, null, 1)}\n`);
  }
  if (update) return;
  expect(known, `looks/${pane}.json had no ${name}`).toBeTruthy();
  expect(off(known!, found).length, `${pane}, ${name}: cells that look otherwise: ${off(known!, found).join(" ")}`).toBeLessThanOrEqual(mostOff);
}

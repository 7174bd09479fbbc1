// A list of checks, each a function; what came of them is printed as lines of the Test Anything Protocol.
import assert from "node:assert/strict";

const checks = [];

/** Adds a check. They run in the order in which they are written. One that is known not to pass says why. */
export function check(title, body, known) {
  checks.push({ title: known ? `${title} # TODO ${known}` : title, body, known });
}

/** Waits until `probe` gives something true, and gives that. */
export async function eventually(what, probe, seconds = 60) {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    const found = await probe();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail(`${what}: not within ${seconds} seconds`);
}

/** The Status of a call that must be refused with `code`. */
export async function refused(code, call) {
  try {
    await call();
  } catch (error) {
    assert.equal(error.code, code, String(error));
    return typeof error.body === "string" ? JSON.parse(error.body) : error.body;
  }
  assert.fail(`was not refused with ${code}`);
}

/** Runs every check, and ends the process with 1 if one failed. */
export async function run() {
  let failed = 0;
  for (const { title, body, known } of checks) {
    try {
      await body();
      console.log(`ok - ${title}`);
    } catch (error) {
      if (!known) {
        failed += 1;
        console.error(error);
      }
      console.log(`not ok - ${title}\n# ${String(error.message ?? error).replace(/\s+/g, " ").slice(0, 300)}`);
    }
  }
  process.exit(failed ? 1 : 0);
}

// Each command of kubectl under each release of it. Long, so not for every change: `cargo xtask conformance` plays it,
// and its document has a row for each.
import { expect, test } from "@playwright/test";
import { areas, type Command } from "../commands/index.ts";
import { freshSandbox, removeSandbox } from "./sandbox.ts";
import { Shell } from "./shell.ts";

// `v1.28=PATH v1.35=PATH`
const binaries = (process.env.PODGROUND_KUBECTLS ?? "").split(" ").map((each) => each.split("="));
const EDITOR = "export KUBE_EDITOR='sed -i s/edit-me/edited/'; ";

/** Ages are other ones a moment later, and columns as wide as they happen to be. */
const steady = (text: string) =>
  text.replace(/\b\d+(d|h|m|s)(\d+(h|m|s))?\b/g, "~").replace(/[ \t]+/g, " ").replace(/ +$/gm, "");

/** What is wrong; nothing when it is as said. */
async function wrong(shell: Shell, command: Command, minor: number): Promise<string | undefined> {
  for (const [name, text] of Object.entries(command.files ?? {})) shell.write(name, text);
  const old = command.since && minor < command.since.minor;
  const until = Date.now() + (command.eventually && !old ? 60_000 : 0);
  for (;;) {
    const { code, output } = await shell.run(EDITOR + command.run);
    const found = steady(output);
    const { see } = command;
    const fits = old
      ? command.since!.before.test(found)
      : code === (command.code ?? 0) && (see instanceof RegExp ? see.test(found) : see === undefined || steady(see) === found);
    if (fits) return undefined;
    if (Date.now() > until) return `exit ${code}: ${found}`;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

test.describe.configure({ mode: "parallel" });

for (const [version, binary] of binaries) {
  test.describe(`kubectl ${version}, command by command`, () => {
    test.skip(!process.env.PODGROUND_LONG, "cargo xtask conformance plays it");
    test.describe.configure({ mode: "default" });
    const sandbox = `commands-${version.replace(".", "-")}`;
    const minor = Number(version.split(".")[1]);

    test("all areas", async ({ request }) => {
      test.setTimeout(1_800_000);
      await freshSandbox(request, sandbox);
      const kubeconfig = await request.get(`/playground/v1/sandboxes/${sandbox}/kubeconfig`);
      const shell = new Shell(binary, await kubeconfig.text());
      const failed: string[] = [];
      try {
        for (const { title, commands } of areas) {
          for (const command of commands) {
            const why = await wrong(shell, command, minor);
            const reason = command.since && minor < command.since.minor ? command.since.why : command.deviates;
            const row = { area: title, title: command.as ?? command.run, failed: why, deviates: reason };
            test.info().annotations.push({ type: "command", description: JSON.stringify(row) });
            if (why !== undefined) failed.push(`$ ${command.run}\n${why}`);
          }
        }
      } finally {
        shell.remove();
        await removeSandbox(request, sandbox);
      }
      expect(failed.join("\n\n")).toBe("");
    });
  });
}

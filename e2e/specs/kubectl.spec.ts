// The chapter by real kubectl binaries, from a shell of this machine with the sandbox's kubeconfig.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { cleanUp, sections, type Step } from "../chapter/index.ts";
import { freshSandbox, removeSandbox } from "./sandbox.ts";

const binaries: Record<string, string | undefined> = {
  "v1.35": process.env.PODGROUND_KUBECTL,
  "v1.28": process.env.PODGROUND_KUBECTL_OLD,
};

interface Shell {
  home: string;
  env: NodeJS.ProcessEnv;
}

function sh(shell: Shell, line: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile("bash", ["-c", line], { cwd: shell.home, env: shell.env, timeout: 90_000 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === "number" ? error.code : 1) : 0;
      resolve({ code, output: stdout + stderr });
    });
  });
}

async function play(shell: Shell, step: Step) {
  for (const [name, text] of Object.entries(step.files ?? {})) writeFileSync(join(shell.home, name), text);
  const once = async () => {
    const { code, output } = await sh(shell, step.run);
    expect(code, `${step.run}\n${output}`).toBe(0);
    if (step.see) expect(output).toMatch(step.see);
    if (step.miss) expect(output).not.toMatch(step.miss);
  };
  if (step.eventually) await expect(once).toPass({ timeout: 60_000, intervals: [250] });
  else await once();
}

for (const [version, binary] of Object.entries(binaries)) {
  test.describe(`kubectl ${version}`, () => {
    test.describe.configure({ mode: "serial" });
    const sandbox = `kubectl-${version.replace(/\W/g, "-")}`;
    let shell: Shell;

    test.beforeAll(async ({ request }) => {
      expect(binary, "cargo xtask setup brings kubectl").toBeTruthy();
      await freshSandbox(request, sandbox);
      const home = mkdtempSync(join(tmpdir(), "podground-kubectl-"));
      mkdirSync(join(home, "bin"));
      symlinkSync(binary!, join(home, "bin", "kubectl"));
      const kubeconfig = await request.get(`/playground/v1/sandboxes/${sandbox}/kubeconfig`);
      writeFileSync(join(home, "kubeconfig"), await kubeconfig.text());
      const env = { ...process.env, HOME: home, KUBECONFIG: join(home, "kubeconfig"), PATH: `${join(home, "bin")}:${process.env.PATH}` };
      shell = { home, env };
    });

    test.afterAll(async ({ request }) => {
      await removeSandbox(request, sandbox);
      if (shell) rmSync(shell.home, { recursive: true, force: true });
    });

    test("is the version it says", async () => {
      const { output } = await sh(shell, "kubectl version");
      expect(output).toContain(`Client Version: ${version}.`);
      expect(output).toContain("Server Version: v1.35.");
    });

    for (const section of sections) {
      test(`${section.id} ${section.title}`, async () => {
        for (const step of section.steps) await test.step(step.run, () => play(shell, step));
      });
    }

    test("exec gives output and exit code", async () => {
      const echo = await sh(shell, "echo abc | kubectl exec -i mynginx -- cat");
      expect(echo).toEqual({ code: 0, output: "abc\n" });
      const exit = await sh(shell, "kubectl exec mynginx -- sh -c 'exit 3'");
      expect(exit.code).toBe(3);
    });

    test("cleans up", async () => {
      const { code, output } = await sh(shell, cleanUp);
      expect(code, output).toBe(0);
      expect(output).toMatch(/pod "mynginx" deleted/);
      expect((await sh(shell, "kubectl get pod")).output).toContain("No resources found in default namespace.");
    });
  });
}

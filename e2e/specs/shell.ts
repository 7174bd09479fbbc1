// A shell of this machine with a given kubectl and a sandbox's kubeconfig.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@playwright/test";
import type { Step } from "../chapter/index.ts";

export interface Outcome {
  code: number;
  output: string;
}

export class Shell {
  readonly home = mkdtempSync(join(tmpdir(), "podground-shell-"));
  private readonly env: NodeJS.ProcessEnv;

  constructor(kubectl: string, kubeconfig: string) {
    mkdirSync(join(this.home, "bin"));
    symlinkSync(kubectl, join(this.home, "bin", "kubectl"));
    this.write("kubeconfig", kubeconfig);
    const path = `${join(this.home, "bin")}:${process.env.PATH}`;
    this.env = { ...process.env, HOME: this.home, KUBECONFIG: join(this.home, "kubeconfig"), PATH: path };
  }

  write(name: string, text: string) {
    writeFileSync(join(this.home, name), text);
  }

  /** Puts a program of its own in the shell's path, in place of one that was there. */
  script(name: string, text: string) {
    const file = join(this.home, "bin", name);
    rmSync(file, { force: true });
    writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  run(line: string): Promise<Outcome> {
    return new Promise((resolve) => {
      execFile("bash", ["-c", line], { cwd: this.home, env: this.env, timeout: 90_000 }, (error, stdout, stderr) => {
        const code = error ? (typeof error.code === "number" ? error.code : 1) : 0;
        resolve({ code, output: stdout + stderr });
      });
    });
  }

  /** Runs a step of the chapter and holds it to what it says. */
  async play(step: Step) {
    for (const [name, text] of Object.entries(step.files ?? {})) this.write(name, text);
    const once = async () => {
      const { code, output } = await this.run(step.run);
      expect(code, `${step.run}\n${output}`).toBe(0);
      if (step.see) expect(output).toMatch(step.see);
      if (step.miss) expect(output).not.toMatch(step.miss);
    };
    if (step.eventually) await expect(once).toPass({ timeout: 150_000, intervals: [250] });
    else await once();
  }

  remove() {
    rmSync(this.home, { recursive: true, force: true });
  }
}

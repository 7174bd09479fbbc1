// A server of the test's own, to be killed and started again.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

export class Server {
  readonly dataDir = mkdtempSync(join(tmpdir(), "podground-server-"));
  private process?: ChildProcess;
  private port = 0;

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async start() {
    const binary = process.env.PODGROUND_BIN;
    if (!binary) throw new Error("PODGROUND_BIN is not set: run `cargo xtask e2e`");
    this.port ||= await freePort();
    const args = ["serve", "--listen", `127.0.0.1:${this.port}`, "--data-dir", this.dataDir];
    this.process = spawn(binary, args, { stdio: ["ignore", "ignore", "inherit"] });
    for (let tries = 0; tries < 600; tries++) {
      if (this.process.exitCode !== null) throw new Error(`podground ended with ${this.process.exitCode}`);
      const ready = await fetch(`${this.url}/readyz`).catch(() => undefined);
      if (ready?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("podground was not ready in a minute");
  }

  async end(signal: NodeJS.Signals) {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => {
      child.once("exit", resolve);
      child.kill(signal);
    });
  }
}

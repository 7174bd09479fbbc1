// A server of the test's own, to be killed and started again.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { type Engine, unmountBelow } from "./engine.ts";
import { Shell } from "./shell.ts";

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

/** The lines that a command of the engine prints. */
export function docker(...args: string[]) {
  return execFileSync("docker", args, { encoding: "utf8" }).split("\n").filter(Boolean);
}

/** Takes the firewall's rules of a server that has ended away: jumps first, then the chains they lead to. */
function forgetRules(instance: string) {
  for (const table of ["filter", "nat"]) {
    const iptables = (...args: string[]) => execFileSync("iptables", ["-w", "-t", table, ...args], { encoding: "utf8" });
    const rules = iptables("-S").split("\n").filter((rule) => rule.includes(`pg${instance}`)).map((rule) => rule.split(" "));
    const jumps = rules.filter(([kind, chain]) => kind === "-A" && !chain!.startsWith("PODGROUND"));
    for (const [, ...jump] of jumps) iptables("-D", ...jump);
    for (const [, chain] of rules.filter(([kind]) => kind === "-N")) {
      iptables("-F", chain!);
      iptables("-X", chain!);
    }
  }
}

/** Ends a server and removes what it made. */
export async function cleanUp(server: Server) {
  await server.end("SIGTERM");
  const docker = (...args: string[]) => server.docker(...args);
  const label = `label=io.podground.instance=${server.instance}`;
  const began = Date.now();
  await expect(async () => {
    // Of what the server was making when it ended, some comes to be only now.
    const containers = docker("ps", "-aq", "--filter", label);
    if (containers.length) docker("rm", "-fv", ...containers);
    for (const network of docker("network", "ls", "-q", "--filter", label)) {
      // Docker 20.10 may lose count of a network's endpoints; then it stays, with nothing on it, until the engine restarts.
      const [used] = docker("network", "inspect", "--format", "{{len .Containers}}", network);
      try {
        docker("network", "rm", network);
      } catch (error) {
        if (used !== "0" || Date.now() - began < 15_000) throw error;
      }
    }
  }).toPass({ timeout: 60_000, intervals: [500] });
  forgetRules(server.instance);
  unmountBelow(server.dataDir);
  rmSync(server.dataDir, { recursive: true, force: true });
}

export class Server {
  /** Made by the server when it starts. */
  readonly dataDir = join(tmpdir(), `podground-server-${randomUUID()}`);
  private process?: ChildProcess;
  private port = 0;

  /** `options` of `podground serve` besides address and data directory. */
  constructor(private readonly options: string[] = [], private readonly engine?: Engine) {}

  /** A command of the server's engine. */
  docker(...args: string[]) {
    return this.engine ? this.engine.docker(...args) : docker(...args);
  }

  /** The name in its containers' labels. */
  get instance() {
    return readFileSync(join(this.dataDir, "instance"), "utf8").trim();
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async start() {
    const binary = process.env.PODGROUND_BIN;
    if (!binary) throw new Error("PODGROUND_BIN is not set: run `cargo xtask e2e`");
    this.port ||= await freePort();
    const serve = [binary, "serve", "--listen", `127.0.0.1:${this.port}`, "--data-dir", this.dataDir, ...this.options];
    const [command, ...args] = [...(this.engine?.inside ?? []), ...serve];
    this.process = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
    for (let tries = 0; tries < 600; tries++) {
      if (this.process.exitCode !== null) throw new Error(`podground ended with ${this.process.exitCode}`);
      if (await this.ready()) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("podground was not ready in a minute");
  }

  /** A shell with kubectl for the sandbox `default`. */
  async shell(kubectl = process.env.PODGROUND_KUBECTL!) {
    const kubeconfig = await fetch(`${this.url}/playground/v1/sandboxes/default/kubeconfig`);
    return new Shell(kubectl, await kubeconfig.text());
  }

  private async ready() {
    if (!this.engine) return (await fetch(`${this.url}/readyz`).catch(() => undefined))?.ok ?? false;
    const [command, ...args] = [...this.engine.inside, "curl", "-sf", `${this.url}/readyz`];
    return spawnSync(command, args).status === 0;
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

// A Docker Engine of the test's own, to be stopped and started: the machine's is never touched. It lives in a network
// namespace, where it may lay its bridges and rules; who talks to its containers has to be in there too.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** A sysfs of the network namespace's own, with the machine's cgroups in it: `dockerd` looks for its bridges there. */
const ISOLATED = `
  mount --rbind /sys/fs/cgroup "$1/cgroup"
  mount -t sysfs sysfs /sys
  mount --rbind "$1/cgroup" /sys/fs/cgroup
  exec dockerd --host "unix://$1/docker.sock" --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" \\
    --cgroup-parent "/$2" --storage-driver overlay2`;

export class Engine {
  readonly folder = mkdtempSync(join(tmpdir(), "podground-engine-"));
  private readonly namespace = `pg${process.pid}`;
  private daemon?: ChildProcess;

  get address() {
    return `unix://${this.folder}/docker.sock`;
  }

  /** What a command has to be started by, to be where the engine's networks are. */
  get inside() {
    return ["nsenter", `--net=/run/netns/${this.namespace}`];
  }

  docker(...args: string[]) {
    return run("docker", "-H", this.address, ...args).split("\n").filter(Boolean);
  }

  /** Lays the namespace and starts the engine, with these images of the machine's engine. */
  async up(images: string[]) {
    run("ip", "netns", "add", this.namespace);
    run("ip", "-n", this.namespace, "link", "set", "lo", "up");
    for (const name of ["cgroup", "data", "exec"]) mkdirSync(join(this.folder, name));
    await this.start();
    run("bash", "-o", "pipefail", "-c", `docker save ${images.join(" ")} | docker -H ${this.address} load`);
  }

  async start() {
    const [command, ...args] = [...this.inside, "unshare", "-m", "--propagation", "slave", "bash", "-ec", ISOLATED, "bash", this.folder, this.namespace];
    const log = openSync(join(this.folder, "log"), "a");
    this.daemon = spawn(command, args, { stdio: ["ignore", log, log] });
    for (let tries = 0; tries < 300; tries++) {
      if (this.daemon.exitCode !== null) break;
      try {
        execFileSync("docker", ["-H", this.address, "version"], { stdio: "ignore" });
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    throw new Error(`the engine did not come up:\n${readFileSync(join(this.folder, "log"), "utf8").slice(-2000)}`);
  }

  /** Stops the engine, and with it its containers. */
  async stop() {
    const daemon = this.daemon;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    await new Promise((resolve) => {
      daemon.once("exit", resolve);
      daemon.kill("SIGTERM");
    });
  }

  async down() {
    const left = this.daemon && this.daemon.exitCode === null ? this.docker("ps", "-aq") : [];
    if (left.length) this.docker("rm", "-fv", ...left);
    await this.stop();
    run("ip", "netns", "del", this.namespace);
    unmountBelow(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Unmounts what is mounted in a folder. */
export function unmountBelow(folder: string) {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n").map((line) => line.split(" ")[1]);
  for (const mount of mounts.reverse()) if (mount?.startsWith(`${folder}/`)) execFileSync("umount", ["-l", mount]);
}

// The chapter by real kubectl binaries, from a shell of this machine with the sandbox's kubeconfig.
import { expect, test } from "@playwright/test";
import { cleanUp as deleteAll, sections } from "../chapter/index.ts";
import { cleanUp, Server } from "./server.ts";
import type { Shell } from "./shell.ts";

// `v1.28=PATH v1.35=PATH`
const binaries = (process.env.PODGROUND_KUBECTLS ?? "").split(" ").map((each) => each.split("="));

test.describe.configure({ mode: "parallel" });

for (const [version, binary] of binaries) {
  test.describe(`kubectl ${version}`, () => {
    test.describe.configure({ mode: "serial" });
    // Waiting is what takes long in the chapter: probes, back-off.
    const server = new Server(["--time-scale", "10"]);
    let shell: Shell;

    test.beforeAll(async () => {
      expect(binary, "cargo xtask setup brings kubectl").toBeTruthy();
      await server.start();
      shell = await server.shell(binary);
    });

    test.afterAll(async () => {
      await cleanUp(server);
      shell?.remove();
    });

    test("is the version it says", async () => {
      const { output } = await shell.run("kubectl version -o json 2>/dev/null");
      const { clientVersion, serverVersion } = JSON.parse(output);
      expect(clientVersion.gitVersion).toContain(`${version}.`);
      expect(serverVersion.gitVersion).toContain("v1.35.");
    });

    test("explains, from the server's OpenAPI", async () => {
      const { code, output } = await shell.run("kubectl explain pod.spec.containers.livenessProbe");
      expect(code, output).toBe(0);
      expect(output).toMatch(/DESCRIPTION:\n +Asks again and again whether the container still works\./);
      expect(output).toMatch(/\n {2}failureThreshold\t<integer>\n {4}After how many failures in a row /);
    });

    test("names no kind that is not served", async () => {
      expect((await shell.run("kubectl get deployments")).output).toContain(`the server doesn't have a resource type "deployments"`);
      const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n";
      const { output } = await shell.run(`printf '${deployment}' | kubectl apply -f -`);
      expect(output).toContain(`no matches for kind "Deployment" in version "apps/v1"`);
    });

    for (const section of sections) {
      test(`${section.id} ${section.title}`, async () => {
        for (const step of section.steps) await test.step(step.run, () => shell.play(step));
      });
    }

    test("exec gives output and exit code", async () => {
      expect(await shell.run("echo abc | kubectl exec -i mynginx -- cat")).toEqual({ code: 0, output: "abc\n" });
      expect((await shell.run("kubectl exec mynginx -- sh -c 'exit 3'")).code).toBe(3);
    });

    test("cleans up", async () => {
      const { code, output } = await shell.run(deleteAll);
      expect(code, output).toBe(0);
      expect(output).toMatch(/pod "mynginx" deleted/);
      expect((await shell.run("kubectl get pod")).output).toContain("No resources found in default namespace.");
    });
  });
}

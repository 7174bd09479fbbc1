// Real Chromium against a running server. `cargo xtask e2e` starts the server and sets the environment:
//   PODGROUND_URL       http://127.0.0.1:PORT
//   PODGROUND_CHROMIUM  the browser
//   PODGROUND_LONG      when set, by hand: a hundred kills, lessons in both languages
//   PODGROUND_TRACE     when set, by hand: traces of what failed
//   PODGROUND_KUBECTL   a kubectl v1.35; PODGROUND_KUBECTLS several, as `v1.28=PATH v1.35=PATH`
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "specs",
  outputDir: "test-results",
  timeout: 240_000,
  expect: { timeout: 30_000 },
  fullyParallel: false,
  // Part of a test is waiting for containers; with three at a time two processors are busy throughout, and nothing is
  // won. Each file has a sandbox of its own.
  workers: 2,
  retries: 0,
  reporter: [["list"]],
  use: {
    actionTimeout: 20_000,
    baseURL: process.env.PODGROUND_URL,
    viewport: { width: 1280, height: 720 },
    // A trace costs as much as the test.
    trace: process.env.PODGROUND_TRACE ? "retain-on-failure" : "off",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.PODGROUND_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});

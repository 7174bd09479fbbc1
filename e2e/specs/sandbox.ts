// Sandboxes for tests: each suite has one of its own.
import { expect, type APIRequestContext } from "@playwright/test";

export async function freshSandbox(request: APIRequestContext, name: string) {
  await removeSandbox(request, name);
  const made = await request.post("/playground/v1/sandboxes", { data: { name }, timeout: 120_000 });
  expect(made.status(), await made.text()).toBe(201);
  await expect(async () => {
    const nodes = await request.get(`/sandboxes/${name}/api/v1/nodes`);
    const { items } = await nodes.json();
    const ready = items.filter((node: any) => node.status?.conditions?.some((c: any) => c.type === "Ready" && c.status === "True"));
    expect(ready.length).toBe(2);
  }).toPass({ timeout: 60_000 });
}

export async function removeSandbox(request: APIRequestContext, name: string) {
  await request.delete(`/playground/v1/sandboxes/${name}`, { timeout: 120_000 });
}

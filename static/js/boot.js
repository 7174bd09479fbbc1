// Starts the app: its module and its WASM are named by the page. Widgets are imported when a pane first wants one.
globalThis.podgroundImport = (address) => import(address);

const named = (name) => document.querySelector(`meta[name="${name}"]`).content;

try {
  const app = await import(named("podground-app"));
  await app.default({ module_or_path: named("podground-wasm") });
  document.getElementById("loading")?.remove();
} catch (error) {
  const place = document.getElementById("loading");
  if (place) place.textContent = `Podground could not start: ${error}`;
  throw error;
}

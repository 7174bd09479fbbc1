// Starts the app: its module and its WASM are named by the page. Widgets are imported when a pane first wants one.
globalThis.podgroundImport = (address) => import(address);

const named = (name) => document.querySelector(`meta[name="${name}"]`).content;

// A trap is the end of the app: nothing on the page does anything any more. The page says so.
function crashed(error) {
  if (!(error instanceof WebAssembly.RuntimeError) || document.getElementById("crashed")) return;
  const korean = document.documentElement.lang === "ko";
  const notice = document.createElement("div");
  notice.id = "crashed";
  notice.className = "crashed";
  notice.setAttribute("role", "alert");
  notice.append(korean
    ? `Podground 페이지가 멈췄습니다 (${error.message}). 샌드박스에서 실행 중인 것은 그대로 있습니다.`
    : `The page of Podground has crashed (${error.message}). What runs in the sandbox is as it was.`);
  const again = document.createElement("button");
  again.className = "button";
  again.textContent = korean ? "다시 불러오기" : "Reload";
  again.onclick = () => location.reload();
  notice.append(again);
  document.body.append(notice);
}
addEventListener("error", (event) => crashed(event.error));
addEventListener("unhandledrejection", (event) => crashed(event.reason));

try {
  const app = await import(named("podground-app"));
  await app.default({ module_or_path: named("podground-wasm") });
  document.getElementById("loading")?.remove();
} catch (error) {
  const place = document.getElementById("loading");
  if (place) place.textContent = `Podground could not start: ${error}`;
  throw error;
}

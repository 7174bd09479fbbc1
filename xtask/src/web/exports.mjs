// Writes the graph that wasm-metadce works from: the exports of a module that something calls. wasm-streams, which
// comes with Leptos' way to servers, exports streams for JavaScript that nobody here makes.
import { readFileSync, writeFileSync } from "node:fs";

const [file, graph] = process.argv.slice(2);
const names = WebAssembly.Module.exports(await WebAssembly.compile(readFileSync(file))).map((entry) => entry.name);
const called = names.filter((name) => !/^(__wbg_)?intounderlying/.test(name));
writeFileSync(graph, JSON.stringify(called.map((name) => ({ name, export: name, root: true }))));

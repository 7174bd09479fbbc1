// A terminal: xterm.js with the addons that every terminal here has. Knows nothing of what runs in it.
import { Terminal } from "@xterm/xterm";
import { FitAddon } from "@xterm/addon-fit";
import { WebLinksAddon } from "@xterm/addon-web-links";
import "@xterm/xterm/css/xterm.css";

const read = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function colours() {
  const ansi = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
  const theme = {
    background: read("--terminal-background"),
    foreground: read("--terminal-text"),
    cursor: read("--accent"),
    selectionBackground: read("--terminal-selection"),
  };
  for (const name of ansi) theme[name] = read(`--ansi-${name}`);
  for (const name of ansi) theme[`bright${name[0].toUpperCase()}${name.slice(1)}`] = read(`--ansi-${name}`);
  return theme;
}

const reads = () => document.documentElement.dataset.reader === "on";

// link(word, open) knows which words of the output lead somewhere, and goes there.
export function createTerminal(host, label, onData, onResize, link) {
  const terminal = new Terminal({
    allowProposedApi: false,
    cursorBlink: true,
    fontFamily: read("--font-mono"),
    fontSize: 13,
    lineHeight: 1.25,
    scrollback: 5000,
    screenReaderMode: reads(),
    theme: colours(),
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(new WebLinksAddon());
  terminal.open(host);
  terminal.registerLinkProvider({
    provideLinks: (y, done) => {
      const line = terminal.buffer.active.getLine(y - 1)?.translateToString(true) ?? "";
      // A wide letter takes two columns: places behind it are others.
      const words = /^[ -~]*$/.test(line) ? [...line.matchAll(/[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/g)] : [];
      const range = (word) => ({ start: { x: word.index + 1, y }, end: { x: word.index + word[0].length, y } });
      const found = words.filter(([text]) => link(text, false));
      done(found.map((word) => ({ text: word[0], range: range(word), activate: (_, text) => link(text, true) })));
    },
  });
  terminal.textarea?.setAttribute("aria-label", label);
  terminal.onData(onData);
  terminal.onResize(({ cols, rows }) => onResize(cols, rows));
  // The usual keys: copying needs a selection, else Ctrl-C is the interrupt that it always was.
  terminal.attachCustomKeyEventHandler((event) => {
    const key = event.key.toLowerCase();
    if (event.type !== "keydown" || !(event.ctrlKey || event.metaKey)) return true;
    if (key === "c" && terminal.hasSelection()) {
      navigator.clipboard?.writeText(terminal.getSelection());
      terminal.clearSelection();
      event.preventDefault();
      return false;
    }
    return !(key === "v");
  });
  const observer = new ResizeObserver(() => host.clientWidth > 0 && fit.fit());
  observer.observe(host);
  const choices = new MutationObserver(() => {
    terminal.options.theme = colours();
    terminal.options.screenReaderMode = reads();
  });
  choices.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-reader"] });
  if (host.clientWidth > 0) fit.fit();
  // What is on the screen and above it, wrapped lines joined: for tests, and whoever wants to read it elsewhere.
  const text = () => {
    const buffer = terminal.buffer.active;
    let all = "";
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row);
      all += (row > 0 && !line.isWrapped ? "\n" : "") + line.translateToString(!buffer.getLine(row + 1)?.isWrapped);
    }
    return all.trimEnd();
  };
  host.terminalText = text;
  return {
    write: (data) => terminal.write(data),
    focus: () => terminal.focus(),
    reset: () => terminal.reset(),
    columns: () => terminal.cols,
    rows: () => terminal.rows,
  };
}

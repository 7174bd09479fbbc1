// The YAML editor: CodeMirror 6. What is wrong with the text is found elsewhere and shown here.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

const highlighting = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-key)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--code-scalar)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator], color: "var(--text-quiet)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "13px" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--accent)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--text-quiet)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--surface-raised)" },
  "&.cm-focused": { outline: "none" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selection) !important" },
  ".cm-cursor": { borderLeftColor: "var(--accent)" },
  ".cm-hint": { padding: "6px 10px", maxWidth: "420px", lineHeight: "1.5" },
  ".cm-hint p": { margin: "4px 0" },
  ".cm-hint code": { fontFamily: "var(--font-mono)" },
  ".cm-hint .fields": { color: "var(--text-quiet)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--accent-text)" },
  ".cm-tooltip-autocomplete ul li[aria-selected] .cm-completionDetail": { color: "var(--accent-text)" },
  ".cm-completionDetail": { color: "var(--text-quiet)" },
  ".cm-tooltip": { backgroundColor: "var(--surface-raised)", color: "var(--text)", border: "1px solid var(--line)" },
  // What is taken without effect: there, but not loud.
  ".cm-lintRange-info": { backgroundImage: "none", borderBottom: "1px dotted var(--text-quiet)" },
  ".cm-lint-marker-info": { filter: "grayscale(1)", opacity: "0.6" },
  ".cm-panels": { backgroundColor: "var(--surface-raised)", color: "var(--text)" },
});

// Sentences about types and fields are the server's; a document is asked for once, when the first of it is wanted.
const documents = new Map();
async function described({ document, owner, name }) {
  const ask = async () => {
    const answer = await fetch(document, { headers: { accept: "application/json" } });
    return answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText));
  };
  if (!documents.has(document)) documents.set(document, ask());
  try {
    const { components } = await documents.get(document);
    return components.schemas[owner]?.properties?.[name]?.description ?? "";
  } catch {
    documents.delete(document);
    return "";
  }
}

// assist(what, text, offset) knows the schema: what fits at a place, and what is there.
function helpers(assist) {
  const complete = (context) => {
    const { typed, options } = JSON.parse(assist("complete", context.state.doc.toString(), context.pos));
    if (options.length === 0 || (typed === 0 && !context.explicit)) return null;
    return { from: context.pos - typed, options, validFor: /^\w*$/ };
  };
  const hint = hoverTooltip(async (view, pos) => {
    const found = JSON.parse(assist("hint", view.state.doc.toString(), pos));
    if (!found) return null;
    const text = await described(found);
    const line = (parent, name, text, className = "") => {
      const element = parent.appendChild(document.createElement(name));
      element.textContent = text;
      element.className = className;
    };
    const create = () => {
      const dom = document.createElement("div");
      dom.className = "cm-hint";
      line(dom, "code", `${found.path} <${found.type}>`);
      if (text) line(dom, "p", text);
      if (found.enums.length > 0) line(dom, "div", found.enums.join(" | "));
      if (found.default) line(dom, "div", `default: ${found.default}`);
      if (found.fields.length > 0) line(dom, "div", found.fields.join(", "), "fields");
      return { dom };
    };
    return { pos, create, above: true };
  });
  return [autocompletion({ override: [complete], icons: false }), hint];
}

export function createEditor(host, label, onChange, onSave, assist) {
  let quiet = false;
  let shown = "";
  // A file keeps its history and its cursor while another one is shown.
  const states = new Map();
  const state = (text) =>
    EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
        ...helpers(assist), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(), lintGutter(),
        yaml(), indentUnit.of("  "), EditorState.tabSize.of(2), syntaxHighlighting(highlighting), look,
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
        // A file that is dropped here is opened by the pane around, not put into the text.
        EditorView.domEventHandlers({ drop: (event) => event.dataTransfer.files.length > 0 }),
        keymap.of([
          ...closeBracketsKeymap, ...completionKeymap,
          { key: "Mod-s", preventDefault: true, run: () => (onSave(), true) },
          ...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap, indentWithTab,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !quiet) onChange(update.state.doc.toString());
        }),
      ],
    });
  const view = new EditorView({ state: state(""), parent: host });
  return {
    open: (path, text) => {
      quiet = true;
      if (path !== shown) {
        states.set(shown, view.state);
        view.setState(states.get(path) ?? state(text));
        shown = path;
      }
      if (view.state.doc.toString() !== text) {
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      }
      quiet = false;
    },
    // [{from, to, insert}] in UTF-16 offsets, as JSON: one step of the history.
    change: (changes) => {
      view.dispatch({ changes: JSON.parse(changes) });
      view.focus();
    },
    focus: () => view.focus(),
    // [{from, to, severity, message}] in UTF-16 offsets, as JSON.
    mark: (problems) => {
      const length = view.state.doc.length;
      const marks = JSON.parse(problems).map((p) => ({
        ...p,
        from: Math.min(p.from, length),
        to: Math.min(Math.max(p.to, p.from), length),
      }));
      view.dispatch(setDiagnostics(view.state, marks));
    },
    go: (offset) => {
      const at = Math.min(offset, view.state.doc.length);
      view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
      view.focus();
    },
    dispose: () => view.destroy(),
  };
}

/** Buttons that copy the citation and the BibTeX entry; where the clipboard is out of reach they select the text instead. */

import { el } from "./dom.js";

function select(node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

function copying(node, text, said) {
  const copied = () => {
    said.textContent = "Copied.";
  };
  const refused = () => {
    const folded = node.closest("details");
    if (folded) folded.open = true;
    select(node);
    said.textContent = "The text is selected: press Ctrl+C (on a Mac Cmd+C) to copy it.";
  };
  const copy = () => {
    // A frame is mostly refused, and the console would tell of it
    if (window.parent !== window) return refused();
    try {
      return navigator.clipboard.writeText(node.textContent).then(copied, refused);
    } catch {
      return refused();
    }
  };
  return el("button", { type: "button", class: "button", onclick: copy }, text);
}

/** Put the buttons below the citation. */
export function citing() {
  const [citation, bibtex] = ["citation", "bibtex"].map((id) => document.getElementById(id));
  const said = el("span", { class: "hint", role: "status" });
  citation.after(el("p", { class: "cite-buttons" }, copying(citation, "Copy citation", said), copying(bibtex, "Copy BibTeX", said), said));
}

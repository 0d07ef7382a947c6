/**
 * Elements from plain calls. Text only ever becomes a text node, so that names from the log stay text whatever they
 * hold.
 */

const SVG = "http://www.w3.org/2000/svg";

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2).toLowerCase(), value);
  else if (name === "style") {
    // The policy of the page forbids style attributes; single properties through CSSOM are allowed.
    for (const [property, one] of Object.entries(value)) node.style.setProperty(property, String(one));
  } else node.setAttribute(name, value === true ? "" : String(value));
}

function fill(node, attrs, children) {
  for (const [name, value] of Object.entries(attrs || {})) set(node, name, value);
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/**
 * Make an HTML element.
 *
 * @param {string} tag
 * @param {Object<string, *>} [attrs] `on...` are listeners, `style` an object of CSS properties; null, undefined and
 *   false are left out, true is an attribute without a value.
 * @param {...(Node|string|number|null|Array)} children Anything but a node becomes text; null and false are left out.
 * @returns {HTMLElement}
 */
export const el = (tag, attrs, ...children) => fill(document.createElement(tag), attrs, children);

/**
 * Make an SVG element; as `el`.
 *
 * @returns {SVGElement}
 */
export const svg = (tag, attrs, ...children) => fill(document.createElementNS(SVG, tag), attrs, children);

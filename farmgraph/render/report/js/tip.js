/** One small box beside the pointer that says what lies under it. Tables say the same to those who do not see it. */

import { el } from "./dom.js";

const APART = 14;

/**
 * @returns {{show: function(number, number, string[]), hide: function()}} `show` takes a place in the window (as
 *   `clientX`, `clientY` of an event) and lines of text.
 */
export function createTip() {
  const box = el("div", { class: "tip", "aria-hidden": "true", hidden: true });
  document.body.append(box);

  const show = (x, y, lines) => {
    // A name that is written from right to left must not turn the rest of its line around.
    box.replaceChildren(...lines.filter(Boolean).map((line) => el("div", {}, el("bdi", {}, line))));
    box.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = box;
    const wide = document.documentElement.clientWidth;
    const left = x + APART + width < wide ? x + APART : Math.max(x - APART - width, 4);
    const top = y + APART + height < window.innerHeight ? y + APART : Math.max(y - APART - height, 4);
    box.style.setProperty("transform", `translate(${Math.round(left)}px, ${Math.round(top)}px)`);
  };
  const hide = () => {
    box.hidden = true;
  };
  window.addEventListener("scroll", hide, { passive: true });
  return { show, hide };
}

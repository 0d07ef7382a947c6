/**
 * Moving about in a picture without getting into the way of the page: the mouse drags; the wheel zooms after a click
 * into the picture or with Ctrl; one finger scrolls the page as ever, two fingers move and zoom the picture.
 */

const STEP = 1.6;
const STILL = 5;

/**
 * @param {HTMLElement} layer What lies over the picture and gets the events.
 * @param {object} view The camera.
 * @param {{onView: function, onPoint: function, onClick: function, onAwake: function}} heard `onView()` after a move,
 *   `onPoint(px, py, event)` for a pointer that hovers and `onPoint(null)` when it left, `onClick(px, py)`.
 * @returns {{zoom: function(number), key: function(KeyboardEvent), end: function}}
 */
export function gestures(layer, view, heard) {
  const off = new AbortController();
  const on = (target, name, listener, more = {}) =>
    target.addEventListener(name, listener, { signal: off.signal, ...more });
  const place = (event) => {
    const box = layer.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let awake = false;
  let dragged = null;
  let moved = false;
  let pinch = null;

  const wake = (now) => {
    awake = now;
    heard.onAwake(now);
  };

  on(layer, "pointerdown", (event) => {
    moved = false;
    if (event.pointerType === "mouse" && event.button === 0) dragged = { at: place(event), from: place(event) };
  });
  on(window, "pointermove", (event) => {
    if (!dragged) return;
    const at = place(event);
    // A hand trembles: a click may move a little.
    if (!moved && Math.hypot(at[0] - dragged.from[0], at[1] - dragged.from[1]) < STILL) return;
    moved = true;
    view.pan(at[0] - dragged.at[0], at[1] - dragged.at[1]);
    dragged.at = at;
    heard.onPoint(null);
    heard.onView();
  });
  on(window, "pointerup", () => (dragged = null));
  on(window, "pointercancel", () => (dragged = null));
  on(layer, "pointermove", (event) => {
    if (event.pointerType === "mouse" && !dragged) heard.onPoint(...place(event), event);
  });
  on(layer, "pointerleave", () => {
    heard.onPoint(null);
    if (!dragged) wake(false);
  });
  on(layer, "click", (event) => {
    if (moved) return;
    wake(true);
    if (event.target.closest("button")) return;
    heard.onClick(...place(event), event);
  });

  on(
    layer,
    "wheel",
    (event) => {
      if (!awake && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 30 : 1;
      view.zoomAt(...place(event), Math.exp(-Math.max(-60, Math.min(60, event.deltaY * lines)) / 200));
      heard.onPoint(null);
      heard.onView();
    },
    { passive: false },
  );

  const two = (event) => {
    const [one, other] = [place(event.touches[0]), place(event.touches[1])];
    const apart = Math.hypot(one[0] - other[0], one[1] - other[1]);
    return { x: (one[0] + other[0]) / 2, y: (one[1] + other[1]) / 2, apart: Math.max(apart, 1) };
  };
  const fingers = (event) => {
    if (event.touches.length !== 2) {
      pinch = null;
      return;
    }
    event.preventDefault();
    const now = two(event);
    if (pinch) {
      view.pan(now.x - pinch.x, now.y - pinch.y);
      view.zoomAt(now.x, now.y, now.apart / pinch.apart);
      heard.onView();
    }
    pinch = now;
  };
  for (const name of ["touchstart", "touchmove", "touchend"]) on(layer, name, fingers, { passive: false });

  const zoom = (direction) => {
    if (direction === 0) view.reset();
    else view.zoomAt(view.width / 2, view.height / 2, direction > 0 ? STEP : 1 / STEP);
    heard.onPoint(null);
    heard.onView();
  };
  const key = (event) => {
    const by = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    const direction = { "+": 1, "=": 1, "-": -1, 0: 0 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || (!by && direction === undefined)) return;
    event.preventDefault();
    if (direction !== undefined) return zoom(direction);
    view.pan(...by);
    heard.onView();
  };
  return { zoom, key, end: () => off.abort() };
}

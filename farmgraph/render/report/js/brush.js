/**
 * Choosing a stretch of time with the pointer or the keyboard. A drag chooses, a drag of less than four pixels is a
 * click; the arrows move the window by its own width, with Shift they halve or double it, Escape clears it.
 */

const STILL = 4;

/**
 * @param {HTMLElement} stage What is listened to; it can be focused. The drawing fills it from its upper left corner.
 * @param {object} heard
 * @param {function(): {left: number, right: number, top: number, bottom: number}} heard.area Where dragging chooses
 *   time.
 * @param {function(): [number, number] | null} heard.domain Times at left and right of the area; null where there are
 *   none.
 * @param {function(): [number, number] | null} heard.window The window chosen now.
 * @param {function([number, number] | null)} heard.onWindow
 * @param {function([number, number] | null)} heard.onDrag Places of a drag that is under way, null at its end.
 * @param {function(number, number)} heard.onClick
 * @param {function(number | null, number, PointerEvent)} heard.onHover
 * @returns {function()} Stops listening.
 */
export function brush(stage, heard) {
  const off = new AbortController();
  const on = (name, listener) => stage.addEventListener(name, listener, { signal: off.signal });
  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let from = null;
  let dragging = false;

  const inside = (x) => Math.min(Math.max(x, heard.area().left), heard.area().right);
  const timeAt = (x) => {
    const { left, right } = heard.area();
    const [t0, t1] = heard.domain();
    return Math.round(t0 + ((x - left) / (right - left)) * (t1 - t0));
  };
  const end = () => {
    from = null;
    dragging = false;
    heard.onDrag(null);
  };

  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = place(event);
    dragging = false;
    stage.setPointerCapture(event.pointerId);
  });
  on("pointermove", (event) => {
    const [x, y] = place(event);
    if (!from) {
      if (event.pointerType === "mouse") heard.onHover(x, y, event);
      return;
    }
    const { left, top, bottom } = heard.area();
    const startsInside = from[0] >= left && from[1] >= top - 20 && from[1] <= bottom + 20;
    if (!heard.domain() || !startsInside || (!dragging && Math.abs(x - from[0]) < STILL)) return;
    dragging = true;
    heard.onHover(null);
    heard.onDrag([inside(from[0]), inside(x)].sort((a, b) => a - b));
  });
  on("pointerup", (event) => {
    if (!from) return;
    const [start, [x, y], dragged] = [from, place(event), dragging];
    end();
    if (!dragged) heard.onClick(x, y);
    else heard.onWindow([inside(start[0]), inside(x)].sort((a, b) => a - b).map(timeAt));
  });
  on("pointercancel", end);
  on("pointerleave", () => heard.onHover(null));

  on("keydown", (event) => {
    const domain = heard.domain();
    if (!domain || event.target !== stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const [t0, t1] = domain;
    const now = heard.window();
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape" && now) heard.onWindow(null);
    else if (!step) return;
    else if (!now) heard.onWindow(step > 0 ? [t0, t0 + (t1 - t0) / 10] : [t1 - (t1 - t0) / 10, t1]);
    else {
      const width = now[1] - now[0];
      const wider = step > 0 ? width : -width / 2;
      const [least, most] = [Math.min(1e6, t1 - t0), t1 - t0];
      const size = event.shiftKey ? Math.min(Math.max(Math.round(width + wider), least), most) : width;
      const start = event.shiftKey ? now[0] : now[0] + step * width;
      // The window never leaves the picture.
      const from = Math.min(Math.max(start, t0), Math.max(t1 - size, t0));
      heard.onWindow([from, from + size]);
    }
    event.preventDefault();
  });
  return () => off.abort();
}

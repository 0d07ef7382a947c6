/**
 * Which part of a drawing is seen: a frame of the data, fitted into a picture of so many pixels, moved and zoomed.
 * Both WebGL and SVG draw through this, so that hovering and labels need not know which of them did.
 */

const MOST = 60;
const PADDING = 14;

/**
 * @param {{x0: number, y0: number, x1: number, y1: number}} frame What must be seen at zoom 1, y downwards.
 * @returns A camera: `zoom` is 1 where the whole frame is seen, `scale` is pixels per unit of the data.
 */
export function camera(frame) {
  const middle = [(frame.x0 + frame.x1) / 2, (frame.y0 + frame.y1) / 2];
  const across = Math.max(frame.x1 - frame.x0, 1e-9);
  const down = Math.max(frame.y1 - frame.y0, 1e-9);
  const it = { width: 1, height: 1, x: middle[0], y: middle[1], zoom: 1, fitted: 1, scale: 1 };

  const within = (value, centre, extent) => {
    const most = (extent / 2) * (1 - 1 / it.zoom);
    return Math.min(Math.max(value, centre - most), centre + most);
  };
  const settle = () => {
    it.scale = it.fitted * it.zoom;
    // The middle of the picture stays inside the frame, so that nobody loses the drawing.
    it.x = within(it.x, middle[0], across);
    it.y = within(it.y, middle[1], down);
  };

  it.resize = (width, height) => {
    it.width = Math.max(width, 1);
    it.height = Math.max(height, 1);
    const room = Math.min(PADDING, width / 8, height / 8);
    it.fitted = Math.max(Math.min((it.width - 2 * room) / across, (it.height - 2 * room) / down), 1e-9);
    settle();
  };
  /** From data to pixels of the picture. */
  it.project = (x, y) => [(x - it.x) * it.scale + it.width / 2, (y - it.y) * it.scale + it.height / 2];
  /** From pixels of the picture to data. */
  it.invert = (px, py) => [(px - it.width / 2) / it.scale + it.x, (py - it.height / 2) / it.scale + it.y];
  it.pan = (px, py) => {
    it.x -= px / it.scale;
    it.y -= py / it.scale;
    settle();
  };
  /** Zoom by a factor; what lies at (px, py) stays there. */
  it.zoomAt = (px, py, factor) => {
    const [x, y] = it.invert(px, py);
    it.zoom = Math.min(Math.max(it.zoom * factor, 1), MOST);
    it.scale = it.fitted * it.zoom;
    it.x = x - (px - it.width / 2) / it.scale;
    it.y = y - (py - it.height / 2) / it.scale;
    settle();
  };
  it.reset = () => {
    it.zoom = 1;
    settle();
  };
  return it;
}

/**
 * Dots and links drawn by sigma through WebGL. Sigma only paints: pointing, zooming and labels are ours, since it
 * finds the dot under the pointer by reading pixels back, which browsers report as a slow thing to do.
 */

import "./guard.js";
import Graph from "graphology";
import Sigma from "sigma";
import { EdgeRectangleProgram, NodeCircleProgram } from "sigma/rendering";

/** About so much of sigma's width of a link is lost to its soft edges. */
const SOFT = 0.7;

/** Programs that do not draw everything a second time for finding what is under the pointer. */
class Dot extends NodeCircleProgram {
  constructor(gl, picking, renderer) {
    super(gl, null, renderer);
  }
}
class Link extends EdgeRectangleProgram {
  constructor(gl, picking, renderer) {
    super(gl, null, renderer);
  }
}

function graphOf(look, frame) {
  const graph = new Graph({ type: "undirected", multi: true });
  // Two unseen corners make sigma fit the frame and not the dots; sigma's y points upwards.
  graph.addNode("corner", { x: frame.x0, y: -frame.y0, i: -1 });
  graph.addNode("opposite", { x: frame.x1, y: -frame.y1, i: -1 });
  look.marks.forEach(({ i, part }) => {
    graph.addNode(`${i} ${part}`, { x: look.nodes.x[i], y: -look.nodes.y[i], i, part });
  });
  for (const k of look.order) graph.addEdgeWithKey(`${k}`, `${look.links.a[k]} 0`, `${look.links.b[k]} 0`, { k });
  return graph;
}

/**
 * @param {HTMLElement} stage An empty element that the picture fills.
 * @param {object} look What to draw, as for `dots`.
 * @param {object} view The camera, already sized.
 * @param {object} frame The frame of the camera.
 * @param {function} onLost Called when the browser takes WebGL away.
 * @returns {{draw: function, refresh: function, end: function}} Throws where WebGL cannot be had.
 */
export function webgl(stage, look, view, frame, onLost) {
  const graph = graphOf(look, frame);
  const sigma = new Sigma(graph, stage, {
    allowInvalidContainer: true,
    renderLabels: false,
    renderEdgeLabels: false,
    hideEdgesOnMove: false,
    enableCameraRotation: false,
    minEdgeThickness: 0.9 + SOFT,
    stagePadding: 0,
    zIndex: true,
    labelFont: "system-ui, sans-serif",
    nodeProgramClasses: { circle: Dot },
    edgeProgramClasses: { line: Link },
    zoomToSizeRatioFunction: () => 1 / Math.sqrt(view.zoom),
    nodeReducer: (key, { x, y, i, part }) => {
      const size = i < 0 || look.hidden[i] ? 0 : look.markRadius(i, part);
      return size ? { x, y, size, color: look.markColour(i, part) } : { x, y, hidden: true };
    },
    edgeReducer: (key, { k }) => ({
      hidden: !look.linkShown[k],
      // Links of up to a pixel stay as thin as sigma can draw them, however near one comes; wider ones grow.
      size: look.linkWidth[k] > 1 ? look.linkWidth[k] + SOFT : 0.1,
      color: look.linkColour[k],
      zIndex: look.linkTop[k],
    }),
  });
  const span = Math.max(frame.x1 - frame.x0, frame.y1 - frame.y0) || 1;
  const dimensions = { width: frame.x1 - frame.x0 || 1, height: frame.y1 - frame.y0 || 1 };
  const middle = [(frame.x0 + frame.x1) / 2, (frame.y0 + frame.y1) / 2];

  const draw = () => {
    sigma.resize();
    // Not asked of sigma's own extent, which is unset between a refresh and the next frame.
    const plain = { cameraState: { x: 0.5, y: 0.5, ratio: 1, angle: 0 }, graphDimensions: dimensions };
    const [from, to] = [0, 1].map((x) => sigma.framedGraphToViewport({ x, y: 0 }, plain).x);
    sigma.getCamera().setState({
      x: 0.5 + (view.x - middle[0]) / span,
      y: 0.5 - (view.y - middle[1]) / span,
      ratio: (to - from) / (span * view.scale),
    });
    sigma.scheduleRender();
  };
  // Everything anew, once a frame: sigma's quicker refresh of parts goes wrong where a full one is still to come.
  let asked = 0;
  const refresh = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => sigma.refresh());
  };
  const lost = (event) => {
    event.preventDefault();
    onLost();
  };
  stage.addEventListener("webglcontextlost", lost, true);
  const end = () => {
    cancelAnimationFrame(asked);
    stage.removeEventListener("webglcontextlost", lost, true);
    // This gives the WebGL contexts back at once; a page may have 16 or so.
    sigma.kill();
  };
  return { draw, refresh, end };
}

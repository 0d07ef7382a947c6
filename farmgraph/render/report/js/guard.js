/** Sigma reads these names while it loads; in a browser that lacks one of them the rest of the report must still run. */
if (!("WebGLRenderingContext" in globalThis)) globalThis.WebGLRenderingContext = class {};
if (!("WebGL2RenderingContext" in globalThis)) {
  // A kind of its own, so that nothing is taken for it, with the constants of the older one.
  globalThis.WebGL2RenderingContext = class extends globalThis.WebGLRenderingContext {};
}

/** What went wrong is kept where tests find it: a report says nothing in the console of the browser. */

/** @param {*} error */
export function failed(error) {
  window.farmgraphErrors = window.farmgraphErrors || [];
  window.farmgraphErrors.push(error && error.message ? `${error.message}\n${error.stack || ""}` : String(error));
}

/** Keep what nobody catches as well. */
export function watch() {
  window.farmgraphErrors = [];
  window.addEventListener("error", (event) => {
    failed(event.error || event.message);
    event.preventDefault();
  });
  window.addEventListener("unhandledrejection", (event) => {
    failed(event.reason);
    event.preventDefault();
  });
}

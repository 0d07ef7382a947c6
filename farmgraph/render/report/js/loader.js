// Unpacks the report's script and starts it. The policy of this page names the hash of what comes out and allows
// nothing else. Where that fails, in browsers of before 2023, the page of words stays.
(async () => {
  const root = document.documentElement;
  // From the first moment on, so that the long page of words is never seen.
  root.classList.add("app");
  try {
    const packed = document.getElementById("script").textContent;
    const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  } catch {
    root.classList.remove("app");
  }
})();

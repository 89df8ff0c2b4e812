// Adds the headers of a cross-origin isolated page to the files of this site, so that threads can share memory.
// The benchmark page registers this worker when a visitor asks for threads.
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event;
  if (new URL(request.url).origin !== location.origin) return;
  const isolate = (response) => {
    if (response.status === 0) return response; // a redirection, which the browser follows
    const { body, status, statusText } = response;
    const headers = new Headers(response.headers);
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cross-Origin-Embedder-Policy", "require-corp");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    return new Response(body, { status, statusText, headers });
  };
  event.respondWith(fetch(request).then(isolate));
});

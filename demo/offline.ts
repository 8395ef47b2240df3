// The page's service worker: keeps what the page is made of, so that it opens without a network after the first visit. The
// build puts this next to index.html, and in place of FILES the paths of all that it built.

export {}; // a module: its names are its own

/** What TypeScript's types of pages lack. */
interface Installing extends Event {
  readonly waitUntil: (promise: Promise<unknown>) => void;
}
interface Fetching extends Event {
  readonly request: Request;
  readonly respondWith: (response: Promise<Response>) => void;
}

const files = 'FILES'.split(' ');
const home = new URL('./', location.href).href;
const prefix = `rectigrad-page ${home} `;
/** Of this build alone, as names of files have their hashes: pages that an older one opened still find what they load late. */
const name = prefix + files.join();

self.addEventListener('install', (event) => {
  // The page itself from the server: an older one, of the browser's own cache, would ask for files that are gone.
  const keep = async () => (await caches.open(name)).addAll([new Request('./', { cache: 'reload' }), ...files]);
  (event as Installing).waitUntil(keep());
});

self.addEventListener('activate', (event) => {
  const forget = async () => {
    const others = (await caches.keys()).filter((other) => other.startsWith(prefix) && other !== name);
    await Promise.all(others.map((other) => caches.delete(other)));
  };
  (event as Installing).waitUntil(forget());
});

self.addEventListener('fetch', (event) => {
  const { request } = event as Fetching;
  const address = request.url.replace(/[?#].*/, '').replace(/\/index\.html$/, '/');
  const kept = async () => (await caches.open(name)).match(address);
  // The page itself may be newer; what it consists of never changes.
  const page = () => fetch(request).catch(async (error: unknown) => (await kept()) ?? Promise.reject(error));
  const part = async () => (await kept()) ?? fetch(request);
  if (address === home) (event as Fetching).respondWith(page());
  else if (files.some((file) => home + file === address)) (event as Fetching).respondWith(part());
});

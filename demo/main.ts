// The entry of the page.
import { startDemo } from './demo.ts';

startDemo(document.body);
// Where that is not allowed the page needs its network, and all else is the same.
if (import.meta.env.PROD) navigator.serviceWorker?.register('./offline.js').catch(() => undefined);

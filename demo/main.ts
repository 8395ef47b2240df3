// The entry of the page.
import { startDemo } from './demo.ts';

startDemo(document.body);

// Before each file of the project 'browser': the page has an adapter, and the reporter learns its name.
import { beforeEach } from 'vitest';

const info = (await navigator.gpu?.requestAdapter())?.info;
if (!info) throw new Error(`No WebGPU adapter in this browser: ${navigator.userAgent}`);
const [browser] = /(?:Headless)?Chrome\/\d+/.exec(navigator.userAgent) ?? ['Browser'];
const adapter = `${browser}: ${[info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(' / ')}`;
beforeEach(({ task }) => {
  task.file.meta.adapter = adapter;
});

// What the page says of an error.
import { UnsupportedError } from '../src/index.ts';
import { explain } from './own.ts';

const ADVICE =
  'This page trains on your graphics processor through WebGPU, and this browser offers none. Use a current Chrome, Edge or Safari, with hardware acceleration turned on.';

export function failureText(error: unknown): string {
  const message = explain(error instanceof Error ? error.message : String(error));
  return error instanceof UnsupportedError ? `${ADVICE} (${message})` : message;
}

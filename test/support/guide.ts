// The guide's pages as tests read them.
import { readFileSync } from 'node:fs';

export interface Block {
  readonly language: string;
  readonly code: string;
}

/** The fenced blocks of demo/guide/<page>.md, in order. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(new URL(`../../demo/guide/${page}.md`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({ language, code }));
}

// The table of rectifiers that `npm run train -- --list` prints: made from the registry, in Markdown.
import { nn, rectifiers } from '../../src/index.ts';

export function rectifierTable(): string {
  const rows = Object.entries(rectifiers).map(([name, entry]) => {
    const parameters = Object.entries(entry.parameters).map(([key, { kind, value }]) => `${key} = ${value} (${kind})`);
    return [name, parameters.join(', ') || '-', entry.init ?? 'gain', nn.gain(entry).toFixed(6), entry.source];
  });
  return [['name', 'parameters', 'init auto', 'gain', 'source'], ['---', '---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

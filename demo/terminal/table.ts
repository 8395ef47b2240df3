// The table of rectifiers that `npm run train -- --list` prints: made from the registry, in Markdown.
import { nn, type Rectifier, rectifiers } from '../../src/index.ts';

export function rectifierTable(): string {
  const rows = Object.entries<Rectifier>(rectifiers).map(([name, entry]) => {
    const parameters = Object.entries(entry.parameters).map(([key, { kind, value }]) => `${key} = ${value} (${kind})`);
    const [init, gain] = [entry.init ?? 'gain', nn.gain(entry).toFixed(6)];
    return [name, parameters.join(', ') || '-', init, gain, entry.torch ?? '-', entry.source];
  });
  const titles = ['name', 'parameters', 'init auto', 'gain', 'PyTorch', 'source'];
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

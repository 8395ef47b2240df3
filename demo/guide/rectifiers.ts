// The sections of the guide's page of rectifiers: made from the registry and the headers of its shaders when the guide is
// built, so that no number, formula or curve of the page is written twice. Not here: what the page says before them.
import { nn, type Rectifier, rectifiers } from '../../src/index.ts';
import { curve, thumbnail } from './curve.ts';
import { type Header, headerOf } from './header.ts';

const entries: readonly [string, Rectifier][] = Object.entries(rectifiers);

/** All curves, small, by which to find one. */
export function gallery(): string {
  const links = entries.map(([name]) => `<a href="#${name}">${thumbnail(name)}${name}</a>`);
  return `<nav class="curves" aria-label="All rectifiers">${links.join('')}</nav>`;
}

/** Markdown: a section for each rectifier. */
export function sections(): string {
  return entries.map(([name, entry]) => `\n\n${section(name, entry)}`).join('');
}

function section(name: string, entry: Rectifier): string {
  const header = headerOf(entry.wgsl);
  const rows = facts(entry, header).map(([title, text]) => `<dt>${title}</dt><dd>${text}</dd>`);
  const { file } = entry.wgsl;
  const own = file === `act/${name}.wgsl`;
  const other = file.slice('act/'.length, -'.wgsl'.length);
  const about = own ? typeset(header.about, entry) : `As <a href="#${other}">${other}</a>, with values of its own.`;
  return [
    `## ${name}`,
    `<p>${about}</p>`,
    `<div class="rectifier">\n${curve(name, entry)}\n<dl>\n${rows.join('\n')}\n</dl>\n</div>`,
  ].join('\n\n');
}

/** What is told of a rectifier, as HTML: title and text. */
function facts(entry: Rectifier, { y, dx, kinks }: Header): (readonly [string, string])[] {
  const parameters = Object.entries(entry.parameters);
  const learnable = parameters.some(([, { kind }]) => kind === 'learned' || kind === 'fixed');
  const code = (text: string) => `<code>${html(text)}</code>`;
  const list = (texts: readonly string[]) => texts.join('<br>');
  const values = (p: Readonly<Record<string, number>>) =>
    Object.entries(p)
      .map(([key, value]) => `${key} = ${short(value)}`)
      .join(', ');
  return [
    ['y', typeset(y, entry)],
    ['dy/dx', typeset(dx, entry)],
    ['At the kink', list(kinks.map(([x, value]) => typeset(`dy/dx = ${value} at x = ${x}`, entry))) || 'no kink'],
    ['Parameters', list(parameters.map(([key, { kind, value }]) => `${values({ [key]: value })}, ${kind}`)) || 'none'],
    ...(learnable ? [['Shared', code(entry.share ?? 'channel')] as const] : []),
    ...(entry.presets ? [['Presets', list(entry.presets.map(values))] as const] : []),
    ['Gain', nn.gain(entry).toFixed(6)],
    ['Initial weights', code(entry.init ?? 'gain')],
    ['Source', linked(entry.source)],
    ['PyTorch', entry.torch ? code(entry.torch) : 'none'],
    ['ONNX', entry.onnx ? code(entry.onnx) : 'none'],
  ];
}

/** Mathematics of a header in HTML, with the names of parameters for p.x to p.w. */
function typeset(text: string, { parameters }: Rectifier): string {
  const names = Object.keys(parameters);
  const isDrawn = Object.values(parameters).some(({ kind }) => kind === 'drawn');
  const named = text.replace(/\bp\.([xyzw])\b/g, (_, which: string) =>
    isDrawn ? 'r' : (names['xyzw'.indexOf(which)] ?? ''),
  );
  return MARKS.reduce((done, [from, to]) => done.replace(from, to), html(named));
}

const MARKS: readonly (readonly [RegExp, string])[] = [
  [/, {2}/, '<br>with '], // two spaces: definitions, which come last
  [/, {2}/g, ', '],
  [/&lt;=/g, '≤'],
  [/&gt;=/g, '≥'],
  [/ \* /g, ' · '],
  [/ - /g, ' − '],
  [/(?<![\w)])-(?=\w)/g, '−'],
  [/\^2\b/g, '²'],
  [/\^3\b/g, '³'],
  [/\^(?:\(([^()]*)\)|(−?\w+))/g, '<sup>$1$2</sup>'],
  [/\bsqrt(?= ?\()/g, '√'],
  [/\bpi\b/g, 'π'],
  [/\bPhi\b/g, 'Φ'],
  [/\bphi\b/g, 'φ'],
  [/(\w)'/g, '$1′'],
];

const html = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Six digits: 1/3 has no end. */
const short = (value: number) => String(Number(value.toPrecision(6)));

/** A source whose arXiv number or DOI leads to it. */
function linked(source: string): string {
  return html(source).replace(/\b(arXiv|doi):([^\s,]+)/, (text, kind: string, id: string) => {
    const address = kind === 'doi' ? `https://doi.org/${id}` : `https://arxiv.org/abs/${id}`;
    return `<a href="${address}">${text}</a>`;
  });
}

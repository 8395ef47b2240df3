// The networks of src/nn/models.ts on images of 8 x 8, in float64 and with Swish: what each computes from its parameters,
// which it takes in the order of use.
import { draws } from './draws.ts';
import { at, fill, type Numbers, type Shape, size } from './reference-arrays.ts';
import { conv2d, conv2dBackward } from './reference-conv.ts';

export interface Values {
  readonly shape: Shape;
  readonly values: Numbers;
}
type Layer = (x: Values) => Values;

/** Layers, each of which takes its parameters when it is called. `streams`: what each dropout draws from. */
function layersOf(parameters: Iterator<Values>, streams: Iterator<number>) {
  const next = (): Values => parameters.next().value as Values;
  const map = ({ shape, values }: Values, f: (value: number, i: number) => number): Values => ({
    shape,
    values: fill(values.length, (i) => f(at(values, i), i)),
  });
  const sides = ({ shape }: Values, f: (side: number) => number) => shape.slice(1, 3).map(f);

  const act: Layer = (x) => {
    const { values: beta } = next();
    return map(x, (value, i) => value / (1 + Math.exp(-at(beta, i % beta.length) * value)));
  };
  const bare = (x: Values, stride = 1, bias = true): Values => {
    const w = next();
    const [kernel = 1, , , out = 1] = w.shape;
    const of = { stride, padding: (kernel - 1) / 2, dilation: 1 };
    const shape = [x.shape[0] ?? 1, ...sides(x, (side) => Math.floor((side - 1) / stride) + 1), out];
    return { shape, values: conv2d(x.values, x.shape, w.values, w.shape, bias ? next().values : null, of) };
  };
  const up: Layer = (x) => {
    const [w, b] = [next(), next()];
    const shape = [x.shape[0] ?? 1, ...sides(x, (side) => 2 * side), w.shape[2] ?? 1];
    const of = { stride: 2, padding: 1, dilation: 1 };
    const { dx } = conv2dBackward(x.values, new Float64Array(size(shape)), shape, w.values, w.shape, of);
    return map({ shape, values: dx }, (value, i) => value + at(b.values, i % b.values.length));
  };
  const linear: Layer = (x) => {
    const [w, b] = [next(), next()];
    const [from = 1, to = 1] = w.shape;
    const rows = x.shape[0] ?? 1;
    const of = { stride: 1, padding: 0, dilation: 1 };
    return {
      shape: [rows, to],
      values: conv2d(x.values, [rows, 1, 1, from], w.values, [1, 1, from, to], b.values, of),
    };
  };
  /** The mean of each channel of each image; of all images with `whole`. */
  const meanOf = ({ shape, values }: Values, whole: boolean): Values => {
    const channels = shape[3] ?? 1;
    const images = whole ? 1 : (shape[0] ?? 1);
    const pixels = values.length / channels / images;
    const sums = new Float64Array(images * channels);
    for (let i = 0; i < values.length; i++)
      sums[Math.floor(i / channels / pixels) * channels + (i % channels)]! += at(values, i) / pixels;
    return { shape: [images, channels], values: sums };
  };
  const norm: Layer = (x) => {
    const [scale, shift] = [next().values, next().values];
    const width = scale.length;
    const { values: mean } = meanOf(x, true);
    const centred = map(x, (value, i) => value - at(mean, i % width));
    const { values: variance } = meanOf(
      map(centred, (value) => value ** 2),
      true,
    );
    return map(centred, (value, i) => {
      const c = i % width;
      return (value / Math.sqrt(at(variance, c) + 1e-5)) * at(scale, c) + at(shift, c);
    });
  };
  const pool = (x: Values, kernel = 2, stride = 2, padding = 0): Values => {
    const [images = 1, height = 1, width = 1, channels = 1] = x.shape;
    const [down = 1, across = 1] = sides(x, (side) => Math.floor((side + 2 * padding - kernel) / stride) + 1);
    const shape = [images, down, across, channels];
    const values = new Float64Array(size(shape)).fill(Number.NEGATIVE_INFINITY);
    for (let i = 0; i < values.length; i++) {
      const place = Math.floor(i / channels);
      const [image, p, q] = [Math.floor(place / across / down), Math.floor(place / across) % down, place % across];
      for (let r = 0; r < kernel; r++)
        for (let s = 0; s < kernel; s++) {
          const [row, column] = [p * stride - padding + r, q * stride - padding + s];
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          const pixel = ((image * height + row) * width + column) * channels + (i % channels);
          values[i] = Math.max(values[i] as number, at(x.values, pixel));
        }
    }
    return { shape, values };
  };
  return {
    act,
    bare,
    up,
    linear,
    norm,
    pool,
    conv: (x: Values, stride = 1): Values => act(bare(x, stride)),
    dense: (x: Values): Values => act(linear(x)),
    mean: (x: Values): Values => meanOf(x, false),
    drop: (x: Values): Values => {
      const u = draws(streams.next().value as number, 1, x.values.length);
      return map(x, (value, i) => ((u[i] as number) < 0.5 ? 2 * value : 0));
    },
    add: (a: Values, b: Values): Values => map(a, (value, i) => value + at(b.values, i)),
    concat: (parts: readonly Values[]): Values => {
      const widths = parts.map(({ shape }) => shape[3] ?? 1);
      const pixels = (parts[0]?.values.length ?? 0) / (widths[0] ?? 1);
      const values = Array.from({ length: pixels }, (_, pixel) =>
        parts.flatMap((part, i) =>
          Array.from({ length: widths[i] ?? 0 }, (_, c) => at(part.values, pixel * (widths[i] ?? 0) + c)),
        ),
      ).flat();
      return { shape: [...(parts[0]?.shape.slice(0, 3) ?? []), values.length / pixels], values };
    },
  };
}
type Layers = ReturnType<typeof layersOf>;

const chain =
  (...layers: readonly Layer[]): Layer =>
  (x) =>
    layers.reduce((value, layer) => layer(value), x);

const inceptionBlock =
  ({ conv, pool, concat }: Layers): Layer =>
  (x) =>
    concat([conv(x), conv(conv(x)), conv(conv(x)), conv(pool(x, 3, 1, 1))]);

function residual({ bare, norm, act, add, mean, linear }: Layers, normed: boolean): Layer {
  const part = (x: Values, stride = 1) => (normed ? norm(bare(x, stride, false)) : bare(x, stride));
  const block =
    (stride: number): Layer =>
    (x) => {
      const past = stride > 1 ? part(x, stride) : x;
      return act(add(part(act(part(x, stride))), past));
    };
  return chain((x) => act(part(x)), block(1), block(2), block(2), mean, linear);
}

const networks = {
  lenet5: ({ conv, pool, dense, linear }) => chain(conv, pool, conv, pool, dense, dense, linear),
  alexnet: ({ conv, pool, drop, dense, linear }) =>
    chain(conv, pool, conv, pool, conv, conv, conv, pool, drop, dense, drop, dense, linear),
  vgg: ({ conv, pool, dense, linear }) => chain(conv, conv, pool, conv, conv, pool, conv, conv, pool, dense, linear),
  inception: (layers) => {
    const { conv, pool, mean, linear } = layers;
    return chain(conv, pool, inceptionBlock(layers), pool, inceptionBlock(layers), mean, linear);
  },
  resnet: (layers) => residual(layers, false),
  resnet_bn: (layers) => residual(layers, true),
  /** Of four layers. */
  plain: ({ conv, linear }) => chain(conv, conv, conv, linear),
  autoencoder: ({ conv, linear, dense, up, act }) => {
    const halve: Layer = (x) => conv(x, 2);
    const inner: Layer = ({ shape, values }) => ({ shape: [shape[0] ?? 1, 2, 2, 32], values });
    return chain(halve, halve, linear, dense, inner, up, act, up);
  },
} satisfies Readonly<Record<string, (layers: Layers) => Layer>>;

/** What the network `name` makes of x. `streams`: what each of its dropouts draws from, in order. */
export function network(name: string, x: Values, parameters: readonly Values[], streams: readonly number[]): Numbers {
  const known: Readonly<Record<string, (layers: Layers) => Layer>> = networks;
  const left = parameters.values();
  const { values } = (known[name] as (layers: Layers) => Layer)(layersOf(left, streams.values()))(x);
  if (!left.next().done) throw new Error(`${name}: has more parameters than the reference takes`);
  return values;
}

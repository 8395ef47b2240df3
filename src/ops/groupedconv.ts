// Convolutions of groups of channels, depthwise ones among them: too narrow for matrix products, so one thread a result.
import forwardCore from '../../shaders/core/grouped_conv.wgsl';
import dwCore from '../../shaders/core/grouped_conv_dw.wgsl';
import dxCore from '../../shaders/core/grouped_conv_dx.wgsl';
import type { Shape } from '../graph/shape.ts';
import { sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { derivative, operator } from './operator.ts';
import { sumMiddle } from './reduce.ts';

/** Sizes, as the shaders name them. */
export interface Grouped {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly out_height: number;
  readonly out_width: number;
  readonly out_channels: number;
  readonly kernel_width: number;
  readonly taps: number;
  readonly depth: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/** x: [images, height, width, channels]; w: [kernel height, kernel width, channels of a group, out channels]. */
export const groupedConv: (x: Tensor, w: Tensor, sizes: Grouped, shape: Shape) => Tensor = /* @__PURE__ */ operator<
  readonly [Tensor, Tensor, Grouped, Shape],
  null
>({
  name: 'conv2d',
  inputs: (x, w) => [x, w],
  forward: (graph, x, w, sizes, shape) => {
    const size = sizeOf(shape);
    const { out } = graph.call({
      parts: { core: forwardCore },
      reads: { x, w },
      writes: { out: { shape } },
      uniforms: { size, ...sizes },
      extent: { threads: size },
      flops: 2 * size * sizes.taps * sizes.depth,
    });
    return { output: out, saved: null };
  },
  backward: (dy, _saved, needed, x, w, sizes) => {
    const { graph } = dy;
    const images = x.shape[0] ?? 1;
    const flops = 2 * sizeOf(dy.shape) * sizes.taps * sizes.depth;
    const size = sizeOf(x.shape);
    const dx = needed[0]
      ? graph.call({
          parts: { core: dxCore },
          reads: { dy, w },
          writes: { dx: { shape: x.shape } },
          uniforms: { size, ...sizes },
          extent: { threads: size },
          flops,
        }).dx
      : null;
    const weights = sizeOf(w.shape);
    const dw = needed[1]
      ? sumMiddle(
          graph.call({
            parts: { core: dwCore },
            reads: { x, dy },
            writes: { partial: { shape: [images, weights] } },
            uniforms: { size: images * weights, ...sizes },
            extent: { threads: images * weights },
            flops,
          }).partial,
          1,
          images,
          weights,
          1,
          w.shape,
        )
      : null;
    derivative(
      'conv2d',
      [x, w, dy],
      [dx, dw].filter((gradient) => gradient !== null),
    );
    return [dx, dw];
  },
});

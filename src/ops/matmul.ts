// Matrix products: matmul in all transposes, and linear, which adds a bias in the same call.
import gemm from '../../shaders/core/gemm.wgsl';
import gemm8x8 from '../../shaders/core/gemm_8x8.wgsl';
import gemmQuad from '../../shaders/core/gemm_quad.wgsl';
import gemmShared from '../../shaders/core/gemm_shared.wgsl';
import dense from '../../shaders/load/dense.wgsl';
import transposedOnes from '../../shaders/load/transposed_ones.wgsl';
import sampleBatch from '../../shaders/sample/batch.wgsl';
import sampleRows from '../../shaders/sample/rows.wgsl';
import act from '../../shaders/store/act.wgsl';
import actBackward from '../../shaders/store/act_backward.wgsl';
import actDx from '../../shaders/store/act_dx.wgsl';
import bias from '../../shaders/store/bias.wgsl';
import biasAct from '../../shaders/store/bias_act.wgsl';
import plain from '../../shaders/store/plain.wgsl';
import splitLast from '../../shaders/store/split_last.wgsl';
import update from '../../shaders/store/update.wgsl';
import updateSplitLast from '../../shaders/store/update_split_last.wgsl';
import { ShapeError } from '../errors.ts';
import { show } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkFloats, derivative, operator } from './operator.ts';
import { sum } from './reduce.ts';

/**
 * Which matrices {@link matmul} takes transposed.
 * @inline
 */
export interface MatmulOptions {
  /** Take the first matrix transposed. Default false. */
  readonly transposeA?: boolean;
  /** Take the second matrix transposed. Default false. */
  readonly transposeB?: boolean;
}

/** All that compute a product. */
export const gemms = [gemmQuad, gemm8x8, gemm, gemmShared] as const;

/** The best in software first: below 32 rows or columns, large register tiles are filled badly. */
export const coresFor = (m: number, n: number) => (m >= 32 && n >= 32 ? gemms : [gemmQuad, gemm, gemm8x8, gemmShared]);

function product(
  name: string,
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: MatmulOptions,
  offset?: Tensor,
): Tensor {
  checkFloats(name, a, b, offset);
  const [a0, a1] = a.shape;
  const [b0, b1] = b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || !a0 || !a1 || !b0 || !b1)
    throw new ShapeError(
      `${name}: expected two matrices, got shapes ${show(a.shape)} and ${show(b.shape)}; reshape them to two axes`,
    );
  const [m, k] = transposeA ? [a1, a0] : [a0, a1];
  const [inner, n] = transposeB ? [b1, b0] : [b0, b1];
  const shapes = `${show(a.shape)}${transposeA ? ' transposed' : ''} and ${show(b.shape)}${transposeB ? ' transposed' : ''}`;
  if (k !== inner)
    throw new ShapeError(`${name}: got ${shapes}; the inner lengths must be equal, and ${k} is not ${inner}`);
  if (offset && (offset.shape.length !== 1 || offset.shape[0] !== n))
    throw new ShapeError(`${name}: got a bias of shape ${show(offset.shape)} for ${shapes}; expected [${n}]`);
  return a.graph.call({
    cores: coresFor(m, n),
    parts: { core: gemm, load: dense, store: offset ? bias : plain, sample: sampleBatch },
    reads: { a, b, ...(offset && { bias: offset }) },
    writes: { out: { shape: [m, n] } },
    uniforms: { m, n, k, part: k },
    constants: { TRANS_A: Number(transposeA), TRANS_B: Number(transposeB) },
    extent: { tiles: [m, n] },
    flops: 2 * m * n * k,
    byRows: { binding: 'a', sample: sampleRows },
    fusable: {
      activation: offset ? biasAct : act,
      activation_dx: actDx,
      activation_backward: actBackward,
      ...(!offset && { update }),
    },
  }).out;
}

/**
 * C = A B for matrices, either of them transposed on request.
 *
 * A: [m, k] (or [k, m] transposed), B: [k, n] (or [n, k]), C: [m, n].
 * Gradients: dA = dC Bᵀ, dB = Aᵀ dC. Throws ShapeError.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  return multiply(a, b, options);
}

const multiply = operator<readonly [Tensor, Tensor, MatmulOptions], null>({
  name: 'matmul',
  inputs: (a, b) => [a, b],
  forward: (_, a, b, options) => ({ output: product('matmul', a, b, options), saved: null }),
  backward: (dy, _, needed, a, b, { transposeA = false, transposeB = false }) => [
    !needed[0]
      ? null
      : transposeA
        ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
        : matmul(dy, b, { transposeB: !transposeB }),
    !needed[1]
      ? null
      : transposeB
        ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, dy, { transposeA: !transposeA }),
  ],
});

/**
 * z = x W + b, [rows, out].
 *
 * Gradients: dx = dz Wᵀ, dW = xᵀ dz, db = Σ over rows of dz. Throws ShapeError.
 * @function
 * @param x [rows, in]
 * @param W [in, out]
 * @param b [out]
 */
export const linear = operator<readonly [Tensor, Tensor, Tensor], null>({
  name: 'linear',
  inputs: (x, w, b) => [x, w, b],
  forward: (_, x, w, b) => ({ output: product('linear', x, w, {}, b), saved: null }),
  backward: (dz, _, needed, x, w) => {
    const dx = needed[0] ? matmul(dz, w, { transposeB: true }) : null;
    if (needed[1] && needed[2]) return [dx, ...parameterGradients(x, dz)];
    return [dx, needed[1] ? matmul(x, dz, { transposeA: true }) : null, needed[2] ? sum(dz, { axes: [0] }) : null];
  },
});

/** dW = xᵀ dz and db = Σ over rows of dz, in one product: x has a column of ones. */
function parameterGradients(x: Tensor, dz: Tensor): readonly [Tensor, Tensor] {
  const [k = 1, inputs = 1] = x.shape;
  const n = dz.shape[1] ?? 1;
  const { out, last_row } = x.graph.call({
    cores: coresFor(inputs + 1, n),
    parts: { core: gemm, load: transposedOnes, store: splitLast, sample: sampleBatch },
    reads: { a: x, b: dz },
    writes: { out: { shape: [inputs, n] }, last_row: { shape: [n] } },
    uniforms: { m: inputs + 1, n, k, part: k },
    byRows: { binding: 'a', sample: sampleRows },
    fusable: { update: updateSplitLast },
    extent: { tiles: [inputs + 1, n] },
    flops: 2 * (inputs + 1) * n * k,
  });
  derivative('linear', [x, dz], [out, last_row]);
  return [out, last_row];
}

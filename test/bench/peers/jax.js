// A workload in jax-js, WebGPU device: the whole step under jit. Batches lie on the device, ready-made; a loss is read
// every `every` steps.
import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';

/** See Build in page.ts. */
export async function build({ weights, rectifier, loss, optimizer, lr, momentum, batch }, batches, initial) {
  await init('webgpu');
  defaultDevice('webgpu');
  const array = ({ values, shape }) => np.array(values).reshape(shape);
  const images = (given) => (given.shape.length === 4 ? array(given).transpose([0, 3, 1, 2]) : array(given));
  const data = await blockUntilReady(batches.map(({ x, y }) => ({ x: images(x), y: array(y) })));

  function cost(parameters, x, y) {
    const left = parameters.slice();
    let out = x;
    for (const { length } of weights) {
      if (length < out.ndim) out = out.reshape([batch, -1]);
      const weight = left.shift();
      const product = length === 4 ? lax.conv(out, weight, [1, 1], 'VALID') : np.matmul(out, weight);
      out = product.add(left.shift());
      if (left.length === 0) continue;
      if (rectifier === 'relu') out = nn.relu(out);
      else out = np.where(np.greater(out.ref, 0), out.ref, out.mul(left.shift()));
      if (length === 4) out = lax.reduceWindow(out, np.max, [2, 2], [2, 2]);
    }
    return loss === 'mse'
      ? np.square(out.sub(y)).mean()
      : nn
          .logSoftmax(out, -1)
          .mul(y)
          .sum()
          .mul(-1 / batch);
  }

  const sgd = jit((state, x, y) => {
    const [value, gradients] = valueAndGrad(cost)(tree.ref(state.parameters), x, y);
    const velocity = state.velocity.map((v, i) => v.mul(momentum).add(gradients[i]));
    const parameters = state.parameters.map((p, i) => p.sub(velocity[i].ref.mul(lr)));
    return [value, { parameters, velocity }];
  });

  const adam = jit((state, x, y) => {
    const [value, gradients] = valueAndGrad(cost)(tree.ref(state.parameters), x, y);
    const first = state.first.map((m, i) => m.mul(0.9).add(gradients[i].ref.mul(0.1)));
    const second = state.second.map((v, i) => v.mul(0.999).add(np.square(gradients[i]).mul(0.001)));
    // 1 - β^t, carried on the device: c ← β c + (1 - β).
    const c1 = state.c1.mul(0.9).add(0.1);
    const c2 = state.c2.mul(0.999).add(0.001);
    const parameters = state.parameters.map((p, i) => {
      const root = np.sqrt(second[i].ref.div(c2.ref)).add(1e-8);
      return p.sub(first[i].ref.div(c1.ref).div(root).mul(lr));
    });
    return [value, { parameters, first, second, c1, c2 }];
  });

  const parameters = channelsFirst(initial, array);
  const zeros = () => parameters.map(({ shape }) => np.zeros(shape));
  let state =
    optimizer === 'sgd'
      ? { parameters, velocity: zeros() }
      : { parameters, first: zeros(), second: zeros(), c1: np.zeros([]), c2: np.zeros([]) };
  let step = 0;
  return async (steps, every) => {
    const losses = [];
    for (let index = 1; index <= steps; index++) {
      const { x, y } = data[step % data.length];
      const [value, next] = (optimizer === 'sgd' ? sgd : adam)(state, x.ref, y.ref);
      state = next;
      step += 1;
      if (index % every === 0) losses.push((await value.data())[0]);
      else value.dispose();
    }
    return losses;
  };
}

/**
 * jax-js convolves channels first: kernels [out, in, rows, columns], what belongs to channels [channels, 1, 1], and the
 * rows of the dense layer that reads the last images in their order. Turned here, once, not in a step.
 */
function channelsFirst(initial, array) {
  let channels = 0;
  return initial.map((given) => {
    const [inputs, outputs] = given.shape;
    if (given.shape.length === 4) {
      channels = given.shape[3];
      return array(given).transpose([3, 2, 0, 1]);
    }
    if (channels === 0) return array(given);
    if (given.shape.length === 1) return array(given).reshape([channels, 1, 1]);
    const side = Math.sqrt(inputs / channels);
    const shape = [side, side, channels, outputs];
    channels = 0;
    return array({ ...given, shape })
      .transpose([2, 0, 1, 3])
      .reshape([inputs, outputs]);
  });
}

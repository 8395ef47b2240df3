// A workload in jax-js, WebGPU device: the whole step under jit. Batches lie on the device, ready-made; a loss is read
// every `every` steps.
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';

/** See Build in page.ts. */
export async function build({ widths, rectifier, loss, optimizer, lr, momentum, batch }, batches, initial) {
  await init('webgpu');
  defaultDevice('webgpu');
  const array = ({ values, shape }) => np.array(values).reshape(shape);
  const data = await blockUntilReady(batches.map(({ x, y }) => ({ x: array(x), y: array(y) })));
  const layers = widths.length - 1;

  function cost(parameters, x, y) {
    const left = parameters.slice();
    let out = x;
    for (let layer = 0; layer < layers; layer++) {
      out = np.matmul(out, left.shift()).add(left.shift());
      if (layer === layers - 1) continue;
      if (rectifier === 'relu') out = nn.relu(out);
      else out = np.where(np.greater(out.ref, 0), out.ref, out.mul(left.shift()));
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

  const zeros = () => initial.map(({ shape }) => np.zeros(shape));
  const parameters = initial.map(array);
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

// A workload in TensorFlow.js, WebGPU backend. Batches lie on the device, ready-made; a loss is read every `every` steps.
import '@tensorflow/tfjs-backend-webgpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import * as tf from '@tensorflow/tfjs-core';

/** See Build in page.ts. */
export async function build({ widths, rectifier, loss, optimizer, lr, momentum }, batches, initial) {
  await tf.setBackend('webgpu');
  await tf.ready();
  const parameters = initial.map(({ values, shape }) => tf.variable(tf.tensor(values, shape)));
  const data = batches.map(({ x, y }) => ({ x: tf.tensor(x.values, x.shape), y: tf.tensor(y.values, y.shape) }));
  const update = optimizer === 'sgd' ? tf.train.momentum(lr, momentum) : tf.train.adam(lr, 0.9, 0.999, 1e-8);
  const layers = widths.length - 1;

  function cost({ x, y }) {
    const left = parameters.slice();
    let out = x;
    for (let layer = 0; layer < layers; layer++) {
      out = tf.add(tf.matMul(out, left.shift()), left.shift());
      if (layer < layers - 1) out = rectifier === 'prelu' ? tf.prelu(out, left.shift()) : tf.relu(out);
    }
    return loss === 'mse' ? tf.losses.meanSquaredError(y, out) : tf.losses.softmaxCrossEntropy(y, out);
  }

  let step = 0;
  return async (steps, every) => {
    const losses = [];
    for (let index = 1; index <= steps; index++) {
      const value = update.minimize(() => cost(data[step % data.length]), index % every === 0, parameters);
      step += 1;
      if (!value) continue;
      losses.push((await value.data())[0]);
      value.dispose();
    }
    return losses;
  };
}

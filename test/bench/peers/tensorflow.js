// A workload in TensorFlow.js, WebGPU backend. Batches lie on the device, ready-made; a loss is read every `every` steps.
import '@tensorflow/tfjs-backend-webgpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import * as tf from '@tensorflow/tfjs-core';

/** See Build in page.ts. */
export async function build({ weights, rectifier, loss, optimizer, lr, momentum, batch }, batches, initial) {
  await tf.setBackend('webgpu');
  await tf.ready();
  const parameters = initial.map(({ values, shape }) => tf.variable(tf.tensor(values, shape)));
  const data = batches.map(({ x, y }) => ({ x: tf.tensor(x.values, x.shape), y: tf.tensor(y.values, y.shape) }));
  const update = optimizer === 'sgd' ? tf.train.momentum(lr, momentum) : tf.train.adam(lr, 0.9, 0.999, 1e-8);

  function cost({ x, y }) {
    const left = parameters.slice();
    let out = x;
    for (const { length } of weights) {
      if (length < out.rank) out = tf.reshape(out, [batch, -1]);
      const weight = left.shift();
      const product = length === 4 ? tf.conv2d(out, weight, 1, 'valid') : tf.matMul(out, weight);
      out = tf.add(product, left.shift());
      if (left.length === 0) continue;
      out = rectifier === 'prelu' ? tf.prelu(out, left.shift()) : tf.relu(out);
      if (length === 4) out = tf.maxPool(out, 2, 2, 'valid');
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

// The README's table: trains the digits from the command line with seeds 0 to 4 and prints mean ± standard deviation.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const train = fileURLToPath(new URL('../../demo/terminal/run.mjs', import.meta.url));
const ROWS = {
  'PReLU per channel, Adam 0.001': [],
  'ReLU, SGD 0.05, momentum 0.9': ['--rectifier', 'relu', '--optimizer', 'sgd', '--lr', '0.05', '--momentum', '0.9'],
};

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));

for (const [name, args] of Object.entries(ROWS)) {
  const runs = [0, 1, 2, 3, 4].map((seed) => {
    process.stderr.write(`${name}, seed ${seed}\n`);
    const { stdout, status } = spawnSync(process.execPath, [train, '--json', '--seed', String(seed), ...args]);
    if (status !== 0) throw new Error(`seed ${seed} ended with status ${status}`);
    return JSON.parse(stdout.toString().trim().split('\n').at(-1));
  });
  const accuracy = runs.map(({ testAccuracy }) => 100 * testAccuracy);
  const loss = runs.map(({ trainLoss }) => trainLoss);
  process.stdout.write(
    `| ${name} | ${mean(accuracy).toFixed(1)} ± ${deviation(accuracy).toFixed(1)} % | ${mean(loss).toFixed(3)} |\n`,
  );
}

// `npm run bench`: what a training step costs, and in calls, bytes and host time, why.
import { adapterName, getAdapter } from '../support/node-gpu.ts';
import { timeGemm } from './gemm.ts';
import { measure, type Result } from './measure.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { type PeerResult, peersMissing, runPeers } from './peers.ts';
import { short, table } from './table.ts';
import { timeTelemetry } from './telemetry.ts';
import { K, named } from './workloads.ts';

const progress = (text: string) => process.stderr.write(`${text}\n`);

/** Returns the exit status: 0, 2 for a wrong command line, 1 if results that should be equal differ or peers are missing. */
export async function main(args: readonly string[]): Promise<number> {
  let options: Options | 'help';
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    return 2;
  }
  if (options === 'help') {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const { workloads, steps, gemm, telemetry, peers, json } = options;
  const missing = peers ? peersMissing() : null;
  if (missing) {
    process.stderr.write(`${missing}\n`);
    return 1;
  }
  const adapter = adapterName(await getAdapter());
  const heading = `${adapter}, ${new Date().toISOString().slice(0, 10)}`;
  if (gemm) {
    const { rows, equal } = await timeGemm(await getAdapter(), progress);
    process.stdout.write(`${heading}\n${table(rows)}\n`);
    return equal ? 0 : 1;
  }

  if (telemetry) {
    const rows = await timeTelemetry(await getAdapter(), named('W3'), progress);
    process.stdout.write(`${heading}, W3, a report every ${K} steps\n${table(rows)}\n`);
    return 0;
  }

  const results: Result[] = [];
  for (const workload of workloads) {
    progress(`${workload.name}: measuring in Node`);
    results.push(await measure(await getAdapter(), workload, steps));
  }
  process.stdout.write(`${heading}, ${K} steps a submit\n${table(rowsOf(results))}\n`);
  const beside = peers ? await runPeers(workloads, steps, progress) : null;
  if (beside) process.stdout.write(`\n${beside.adapter}, in the browser\n${table(peerRows(beside.results))}\n`);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ adapter, workloads: results, ...(beside && { peers: beside.results }) })}\n`,
    );
  return beside?.results.every(({ lossesAgree }) => lossesAgree) === false ? 1 : 0;
}

function rowsOf(results: readonly Result[]): (string | number)[][] {
  return [
    ['', ...results.map(({ name }) => name)],
    ['steps/s', ...results.map(({ stepsPerSecond }) => short(stepsPerSecond))],
    ['host µs/step, null backend', ...results.map(({ hostMicros }) => short(hostMicros))],
    ['  the same calls bare', ...results.map(({ bareCallMicros }) => short(bareCallMicros))],
    ...Object.keys(results[0]?.perStep ?? {}).map((what) => [
      `${what} a step`,
      ...results.map(({ perStep }) => short(perStep[what as keyof typeof perStep])),
    ]),
    ['bytes a step', ...results.map(({ boundBytes }) => boundBytes)],
    ['  / ideal', ...results.map(({ boundBytes, idealBytes }) => (boundBytes / idealBytes).toFixed(2))],
  ];
}

function peerRows(results: readonly PeerResult[]): (string | number)[][] {
  return [
    ['', 'library', 'steps/s', 'rectigrad is', 'dispatch', 'submit', 'loss differs by'],
    ...results.map(({ workload, library, stepsPerSecond, ratio, perStep, lossDifference }) => [
      workload,
      library,
      short(stepsPerSecond),
      `${ratio.toFixed(2)} ×`,
      short(perStep.dispatch),
      short(perStep.submit),
      lossDifference.toExponential(1),
    ]),
  ];
}

// Beside vitest's own reporter: which adapters ran how many tests, and a last line `N passed, N failed`.
// A run of the whole suite in which no GPU test ran has failed, whatever the others say.
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule, TestSpecification, Vitest } from 'vitest/node';

export default class SummaryReporter implements Reporter {
  #vitest: Vitest | undefined;
  #files = 0;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.#files = specifications.length;
  }

  async onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): Promise<void> {
    const vitest = this.#vitest;
    if (!vitest) return;
    const lines = adapters(modules);
    const counts = count(modules);
    let failed = counts.failed + errors.length;
    if (ran(modules, 'gpu') === 0 && (await isWhole(vitest, this.#files))) {
      lines.push('No test of the project gpu ran, so nothing was computed on a GPU: the run fails.');
      failed += 1;
      process.exitCode = 1;
    }
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
    lines.push('', `${counts.passed} passed, ${failed} failed${skipped}`);
    const print = () => console.log(lines.join('\n'));
    if (vitest.config.watch) print();
    else process.once('exit', print); // after whatever closing the browser and the workers prints
  }
}

/** Whether nothing (file names, a project, a test name) narrowed this run. */
async function isWhole(vitest: Vitest, files: number): Promise<boolean> {
  const { project, testNamePattern } = vitest.config;
  if (testNamePattern || (project?.length ?? 0) > 0) return false;
  return files === (await vitest.globTestSpecifications()).length;
}

function ran(modules: readonly TestModule[], project: string): number {
  return count(modules.filter((module) => module.project.name.split(' ')[0] === project)).passed;
}

function adapters(modules: readonly TestModule[]): string[] {
  const byName = new Map<string, TestModule[]>();
  for (const module of modules) {
    const name = module.meta().adapter;
    if (name) byName.set(name, [...(byName.get(name) ?? []), module]);
  }
  return [...byName].map(([name, its]) => `GPU tests run: ${count(its).passed + count(its).failed} on ${name}`);
}

function count(modules: readonly TestModule[]): { passed: number; failed: number; skipped: number } {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    const before = total.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state !== 'pending') total[state] += 1;
    }
    // A file that does not load, or a hook that throws, fails without a failed test.
    if (module.state() === 'failed' && total.failed === before) total.failed += 1;
  }
  return total;
}

// A layer looked into: its formula, its calls and what each costs, the WGSL that runs, and a check of its gradients.
import './glass.css';
import { rectifiers } from '../../src/index.ts';
import { titleOf } from '../choices.ts';
import type { InspectedCall, Inspection } from '../inspect.ts';
import { rectifiersOf } from '../network.ts';
import { example } from '../own.ts';
import type { Service } from '../service.ts';
import type { State } from '../state.ts';
import { element } from './elements.ts';
import { countText, memoryText } from './paint.ts';
import { verdict } from './verdict.ts';

export interface Glass {
  /** Opens on the layer of a card. */
  readonly open: (card: number) => void;
  readonly destroy: () => void;
}

interface GlassOptions {
  readonly service: () => Pick<Service, 'inspect' | 'code' | 'check'>;
  /** The run that is shown; `still`: nothing is trained. */
  readonly now: () => { readonly state: State; readonly still: boolean };
}

/** Adds its dialog to `host`. */
export function createGlass(host: HTMLElement, { service, now }: GlassOptions): Glass {
  const title = element('h2');
  title.id = 'glass-title';
  const close = button('Close', () => dialog.close());
  const formula = element('pre', 'formula');
  const check = button('Check gradients', () => void examine());
  const found = element('p', 'found');
  found.setAttribute('role', 'status');
  const facts = element('p', 'facts');
  facts.setAttribute('role', 'status');
  const calls = element('div', 'calls');
  const code = element('section', 'code');
  const dialog = element(
    'dialog',
    'glass',
    element('header', '', title, close),
    formula,
    element('div', 'asked', check, found),
    element('h3', '', 'Calls of a training step'),
    facts,
    calls,
    code,
  );
  dialog.setAttribute('aria-labelledby', title.id);
  host.append(dialog);
  /** Openings so far: an answer to an earlier one is not shown. */
  let turn = 0;
  let rectifier: State['rectifier'] = 'prelu';

  async function examine(): Promise<void> {
    const own = turn;
    check.disabled = true;
    found.textContent = 'Comparing …';
    const said = await service()
      .check({ ...now().state, rectifier })
      .then(verdict, messageOf);
    if (own !== turn) return;
    check.disabled = false;
    found.textContent = said;
  }

  async function showCode(index: number, name: string): Promise<void> {
    const own = turn;
    const text = await service().code(index).catch(messageOf);
    if (own !== turn) return;
    const copied = element('span', 'facts');
    copied.setAttribute('role', 'status');
    const copy = button('Copy', () => {
      const say = (said: string) => () => {
        copied.textContent = said;
      };
      navigator.clipboard.writeText(text).then(say('Copied'), say('This browser does not let the page copy'));
    });
    const shown = scrolled(element('pre', '', text), `WGSL of ${name}`);
    code.replaceChildren(element('header', '', element('h3', '', name), copy, copied), shown);
    shown.focus();
  }

  function show({ adapter, cost, calls: all, timed }: Inspection, card: number): void {
    const mine = all.flatMap((call, index) => (call.card === card ? [{ call, index }] : []));
    const rest = all.flatMap((call, index) => (call.card === card ? [] : [{ call, index }]));
    const times = {
      true: 'Times are of one step, by the device’s clock.',
      false: 'This device has no timestamps.',
      null: 'Pause, and look again, for the time of each call.',
    }[String(timed) as 'true' | 'false' | 'null'];
    facts.textContent = `${cost.dispatches} dispatches a step, ${sum(mine)} of them this layer’s · ${memoryText(cost.totalMemory)} of GPU memory · ${adapter}. ${times}`;
    const others = element('details', '', element('summary', '', 'The step’s other calls'), table(rest, 'Other calls'));
    calls.replaceChildren(table(mine, 'Calls of this layer'), others);
  }

  function table(shown: readonly { readonly call: InspectedCall; readonly index: number }[], name: string) {
    const heads = ['Call', 'Operator', 'Pass', 'Workgroups', 'FLOPs', 'Bytes', 'µs'];
    const rows = shown.map(({ call, index }) => {
      const open = button(call.name, () => void showCode(index, call.name));
      open.ariaLabel = `WGSL of ${call.name}`;
      const cells = [
        call.operator || 'report',
        call.optional ? 'reports' : call.gradient ? 'backward' : 'forward',
        call.workgroups.join(' × '),
        countText(call.flops),
        countText(call.bytes),
        countText(call.microseconds),
      ];
      return element('tr', '', element('td', '', open), ...cells.map((text) => element('td', '', text)));
    });
    const top = heads.map((text) => {
      const head = element('th', '', text);
      head.scope = 'col';
      return head;
    });
    const made = element('table', '', element('thead', '', element('tr', '', ...top)), element('tbody', '', ...rows));
    return scrolled(made, name);
  }

  async function look(card: number): Promise<void> {
    const own = turn;
    const { state, still } = now();
    const text = await textOf(rectifier, state.own);
    if (own !== turn) return;
    formula.textContent = text.trim();
    const inspection = await service().inspect(state, still);
    if (own === turn) show(inspection, card);
  }

  return {
    open(card) {
      turn += 1;
      rectifier = rectifiersOf(now().state)[card] ?? rectifier;
      title.textContent = `Layer ${card + 1}: ${titleOf(rectifier)}`;
      for (const part of [found, calls, code, formula]) part.replaceChildren();
      check.disabled = false;
      facts.textContent = 'Asking the device …';
      dialog.showModal();
      const own = turn;
      look(card).catch((error: unknown) => {
        if (own === turn) facts.textContent = messageOf(error);
      });
    },
    destroy: () => dialog.remove(),
  };
}

async function textOf(rectifier: State['rectifier'], own = example): Promise<string> {
  if (rectifier === 'custom') return own;
  const { shaderText } = await import('../formulas.ts');
  const { file, code } = rectifiers[rectifier].wgsl;
  return shaderText(file) || code;
}

const sum = (shown: readonly { readonly call: InspectedCall }[]) => shown.filter(({ call }) => !call.optional).length;

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function button(text: string, onClick: () => void): HTMLButtonElement {
  const made = element('button', '', text);
  made.type = 'button';
  made.addEventListener('click', onClick);
  return made;
}

/** With arrow keys, too. */
function scrolled(content: HTMLElement, name: string): HTMLElement {
  const made = element('div', 'scrolled', content);
  made.tabIndex = 0;
  made.setAttribute('role', 'region');
  made.ariaLabel = name;
  return made;
}

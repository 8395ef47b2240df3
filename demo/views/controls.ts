// Train, Pause, Reset, and how far it is.

/** `unsupported`: nothing can be trained in this browser. */
export type Phase = 'idle' | 'loading' | 'opening' | 'training' | 'paused' | 'done' | 'failed' | 'unsupported';

interface Look {
  readonly text: string;
  readonly train: string;
  readonly buttons: readonly ('train' | 'pause' | 'reset')[];
  /** What Reset is called; absent: that. */
  readonly reset?: string;
}

const looks: Readonly<Record<Phase, Look>> = {
  idle: { text: 'Ready', train: 'Train', buttons: ['train'] },
  loading: { text: 'Loading data', train: 'Train', buttons: ['reset'], reset: 'Cancel' },
  opening: { text: 'Compiling kernels', train: 'Train', buttons: ['reset'] },
  training: { text: 'Training', train: 'Train', buttons: ['pause', 'reset'] },
  paused: { text: 'Paused', train: 'Continue', buttons: ['train', 'reset'] },
  done: { text: 'Done', train: 'Train again', buttons: ['train', 'reset'] },
  failed: { text: 'Stopped by an error', train: 'Train', buttons: ['train', 'reset'] },
  unsupported: { text: 'Cannot train here', train: 'Train', buttons: [] },
};

export interface Controls {
  readonly show: (phase: Phase, epoch: number, epochs: number) => void;
  /** `text` tells what is under way before anything is trained. */
  readonly preparing: (text: string, done: number, total: number) => void;
  readonly compiling: (ready: number, total: number) => void;
  readonly text: (phase: Phase) => string;
  /** To those who listen; at most every few seconds unless it is `urgent`. */
  readonly say: (sentence: string, urgent: boolean) => void;
}

/** Milliseconds between two sentences. */
const QUIET = 5000;

export function createControls(
  find: (name: string) => HTMLElement,
  { onPause, onReset }: { readonly onPause: () => void; readonly onReset: () => void },
): Controls {
  const buttons = { train: find('train'), pause: find('pause'), reset: find('reset') } as const;
  const progress = find('progress');
  let saidAt = Number.NEGATIVE_INFINITY;
  /** It has the keyboard because another button went off: nobody went there. */
  let lent: HTMLElement | null = null;
  buttons.pause.addEventListener('click', onPause);
  buttons.reset.addEventListener('click', onReset);

  const setProgress = (value: number, max: number) => {
    progress.setAttribute('value', String(value));
    progress.setAttribute('max', String(max));
  };

  const preparing = (text: string, done: number, total: number) => {
    find('phase').textContent = text;
    setProgress(done, total);
  };

  return {
    preparing,
    text: (phase) => looks[phase].text,
    show(phase, epoch, epochs) {
      const look = looks[phase];
      buttons.train.textContent = look.train;
      buttons.reset.textContent = look.reset ?? 'Reset';
      const focused = Object.values(buttons).find((button) => button === document.activeElement);
      for (const [name, button] of Object.entries(buttons))
        button.toggleAttribute('disabled', !look.buttons.some((enabled) => enabled === name));
      // A button that goes off must not take the keyboard's place with it; nor may that stay on Reset while there is Pause.
      const [first] = look.buttons;
      lent = first && focused && (focused === lent || focused.hasAttribute('disabled')) ? buttons[first] : null;
      if (lent !== focused) lent?.focus();
      if (phase === 'loading' || phase === 'opening') return;
      find('phase').textContent =
        epoch > 0 && phase !== 'done' ? `${look.text}: epoch ${Math.floor(epoch)} of ${epochs}` : look.text;
      setProgress(epoch, epochs);
    },
    compiling: (ready, total) => preparing(`${looks.opening.text}: ${ready} of ${total}`, ready, total),
    say(sentence, urgent) {
      const now = performance.now();
      if (!urgent && now - saidAt < QUIET) return;
      saidAt = now;
      find('said').textContent = sentence;
    },
  };
}

// A button that takes the GPU device away, and the sentence that a run has survived it.
import type { Notices } from './notices.ts';
import { countText } from './paint.ts';

export interface DeviceLoss {
  readonly show: (canLose: boolean) => void;
  /** Training goes on from the state after `step`. */
  readonly recovered: (step: number) => void;
}

export function createDeviceLoss(button: HTMLElement, notices: Notices, onLose: () => void): DeviceLoss {
  let withdraw = () => {};
  button.addEventListener('click', onLose);
  return {
    show: (canLose) => button.toggleAttribute('disabled', !canLose),
    recovered(step) {
      withdraw();
      withdraw = notices.show(
        `The graphics processor was lost; training went on with a new device, from the state after step ${countText(step)}.`,
      );
    },
  };
}

// Buttons for runs that show something: one click sets all fields and trains.
import type { Preset } from '../presets.ts';
import './presets.css';

/** Fills `host` with a button for each; `onChoose` hears of clicks. */
export function createPresets(host: HTMLElement, presets: readonly Preset[], onChoose: (preset: Preset) => void): void {
  host.replaceChildren(
    ...presets.map((preset, index) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'preset';
      const name = document.createElement('strong');
      name.textContent = preset.name;
      const sentence = document.createElement('span');
      sentence.id = `preset-${index}`;
      sentence.textContent = preset.sentence;
      button.append(name, sentence);
      // It describes the button, and is no part of the name that one calls it by.
      sentence.ariaHidden = 'true';
      button.setAttribute('aria-describedby', sentence.id);
      button.addEventListener('click', () => onChoose(preset));
      return button;
    }),
  );
}

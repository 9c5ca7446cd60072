import { createLogUpdate } from 'log-update';
import type { Output, Style } from '../terminal.ts';
import { renderStep } from './render-text.ts';
import type { StepReport } from './report.ts';

/** Shows finished steps as they come, and on a terminal the one that is running. */
export interface Progress {
  start(step: { readonly title: string }): void;
  end(step: StepReport): void;
  stop(): void;
}

const frames = { unicode: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'], ascii: ['-', '\\', '|', '/'] };

export function textProgress(output: Output, style: Style): Progress {
  const live = output.isTTY === true ? createLogUpdate(output as NodeJS.WriteStream) : undefined;
  const signs = style.unicode ? frames.unicode : frames.ascii;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    live?.clear();
    live?.done();
  };
  return {
    start({ title }) {
      if (live === undefined) return;
      const started = Date.now();
      const draw = (): void => {
        const elapsed = Date.now() - started;
        const time = elapsed < 500 ? '' : ` ${(elapsed / 1000).toFixed(1)} s`;
        const sign = signs[Math.floor(elapsed / 80) % signs.length] ?? '';
        live(`${style.colors.cyan(sign)} ${title}${style.colors.dim(time)}`);
      };
      draw();
      timer = setInterval(draw, 80);
    },
    end(step) {
      stop();
      output.write(renderStep(step, style));
    },
    stop,
  };
}

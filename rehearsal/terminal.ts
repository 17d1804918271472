import { styleText } from 'node:util';

export interface Terminal {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
  /** Colours are used only where the terminal has them and the user has not said NO_COLOR. */
  readonly colour: boolean;
}

/** The terminal that this process was started on. */
export function terminal(): Terminal {
  const { stdout } = process;
  return {
    write: (text) => stdout.write(text),
    isTTY: stdout.isTTY,
    columns: stdout.columns || 100,
    colour: stdout.isTTY && process.env.NO_COLOR === undefined,
  };
}

export function bold(text: string): string {
  return process.stdout.isTTY ? styleText('bold', text) : text;
}

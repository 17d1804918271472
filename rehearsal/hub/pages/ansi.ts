import { html, type Html } from './html.ts';

interface Style {
  colour: string | undefined;
  background: string | undefined;
  readonly effects: Set<string>;
}

const colours = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const effects: Readonly<Record<number, string>> = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline' };

const sequence = /\u001b\[([0-9;:?]*)([A-Za-z])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-Z\\-_]/g;

/** A line of a log with its colours as elements and its addresses as links. Other terminal commands are left out. */
export function ansi(text: string): Html {
  const parts: Html[] = [];
  const style: Style = { colour: undefined, background: undefined, effects: new Set() };
  let from = 0;
  const take = (to: number): void => {
    if (to > from) parts.push(styled(linked(text.slice(from, to)), style));
  };
  for (const match of text.matchAll(sequence)) {
    take(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') apply(style, (match[1] ?? '').split(/[;:]/).map(Number));
  }
  take(text.length);
  return html`${parts}`;
}

/** SGR, "select graphic rendition" (ECMA-48). Of 256 and true colours, the first sixteen are kept. */
function apply(style: Style, codes: readonly number[]): void {
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    const effect = effects[code];
    if (code === 0) reset(style);
    else if (effect !== undefined) style.effects.add(effect);
    else if (code === 22) remove(style, 'bold', 'dim');
    else if (code === 23) remove(style, 'italic');
    else if (code === 24) remove(style, 'underline');
    else if (code === 39) style.colour = undefined;
    else if (code === 49) style.background = undefined;
    else if (code === 38 || code === 48) {
      const colour = codes[index + 1] === 5 ? colourOf(codes[index + 2] ?? 16) : undefined;
      if (code === 38) style.colour = colour;
      else style.background = colour;
      index += codes[index + 1] === 5 ? 2 : 4;
    } else if (code >= 30 && code <= 37) style.colour = colourOf(code - 30);
    else if (code >= 90 && code <= 97) style.colour = colourOf(code - 82);
    else if (code >= 40 && code <= 47) style.background = colourOf(code - 40);
    else if (code >= 100 && code <= 107) style.background = colourOf(code - 92);
  }
}

function colourOf(number: number): string | undefined {
  const name = colours[number % 8];
  if (number > 15 || name === undefined) return undefined;
  return number < 8 ? name : `bright-${name}`;
}

function reset(style: Style): void {
  style.colour = undefined;
  style.background = undefined;
  style.effects.clear();
}

function remove(style: Style, ...names: readonly string[]): void {
  for (const name of names) style.effects.delete(name);
}

function styled(content: Html, { colour, background, effects: own }: Style): Html {
  const classes = [
    ...(colour === undefined ? [] : [`fg-${colour}`]),
    ...(background === undefined ? [] : [`bg-${background}`]),
    ...own,
  ];
  return classes.length === 0 ? content : html`<span class="${classes.join(' ')}">${content}</span>`;
}

function linked(text: string): Html {
  const parts: (string | Html)[] = [];
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s"'<>`]*[\w/#=-]/g)) {
    parts.push(text.slice(from, match.index), html`<a href="${match[0]}" rel="noreferrer">${match[0]}</a>`);
    from = match.index + match[0].length;
  }
  return html`${[...parts, text.slice(from)]}`;
}

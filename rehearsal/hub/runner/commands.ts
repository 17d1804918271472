/** A workflow command in a line of output: `::warning file=a.ts,line=3::Message`. */
export interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/**
 * Reads a line as a workflow command, in the form `::name key=value::message` or the older `##[name]message`.
 * Anything else is `undefined`: a line of output.
 */
export function parseCommand(line: string): Command | undefined {
  const text = line.trimStart();
  const current = /^::([A-Za-z][\w-]*)(?:\s+([^\n]*?))?::([\s\S]*)$/.exec(text);
  if (current !== null) {
    const [, name = '', properties = '', message = ''] = current;
    return {
      name: name.toLowerCase(),
      properties: parseProperties(properties),
      message: unescapeData(message),
    };
  }
  const older = /^##\[([A-Za-z][\w-]*)\]([\s\S]*)$/.exec(text);
  if (older === null) return undefined;
  const [, name = '', message = ''] = older;
  return { name: name.toLowerCase(), properties: {}, message: message.trimStart() };
}

function parseProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    if (equals > 0)
      properties[pair.slice(0, equals).trim()] = unescapeProperty(pair.slice(equals + 1).trim());
  }
  return properties;
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}

/** A server-sent event. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** Reads a whole `text/event-stream`, as https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing says. */
export function parseEvents(stream: string): readonly ServerEvent[] {
  const events: ServerEvent[] = [];
  let name = '';
  let data: string[] = [];
  for (const line of stream.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    if (line === '') {
      if (data.length > 0) events.push({ event: name === '' ? 'message' : name, data: data.join('\n') });
      name = '';
      data = [];
      continue;
    }
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') name = value ?? '';
    else if (field === 'data') data.push(value ?? '');
  }
  return events;
}

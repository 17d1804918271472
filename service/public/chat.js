import { eventsOf } from './event-stream.js';
import { linkTo, render } from './markdown.js';

const byId = (id) => document.getElementById(id);
const [scroll, welcome, messages, form, field, send, status, dialog] = [
  'scroll',
  'welcome',
  'messages',
  'ask',
  'question',
  'send',
  'status',
  'history',
].map(byId);

/** The conversation that is shown; its id is in the address, so that a reload shows it again. */
let conversationId;
/** Ends the answer under way. */
let underWay;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (underWay !== undefined) underWay.abort();
  else void ask(field.value);
});
field.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (underWay === undefined) void ask(field.value);
});
field.addEventListener('input', fitField);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') underWay?.abort();
});
document.addEventListener('click', (event) => {
  const chip = event.target instanceof Element ? event.target.closest('.chips button') : null;
  if (chip !== null && underWay === undefined) void ask(chip.textContent);
});
byId('new').addEventListener('click', () => {
  showConversation(undefined, []);
  field.focus();
});
byId('show-history').addEventListener('click', () => void showHistory());
window.addEventListener('hashchange', () => void openFromAddress());
void openFromAddress();

async function ask(text) {
  const question = text.trim();
  if (question === '') return field.focus();
  welcome.hidden = true;
  messages.querySelector('.chips')?.remove();
  field.value = '';
  fitField();
  addMessage('visitor').text.textContent = question;
  const message = addMessage('assistant');
  message.item.setAttribute('aria-busy', 'true');
  message.text.classList.add('waiting');
  scroll.scrollTop = scroll.scrollHeight;
  underWay = new AbortController();
  send.textContent = 'Stop';
  try {
    await tell(question, message, underWay.signal);
  } catch (error) {
    showFailure(message, question, error);
  } finally {
    underWay = undefined;
    send.textContent = 'Ask';
    message.item.removeAttribute('aria-busy');
    message.text.classList.remove('waiting');
    field.focus();
  }
}

/** Asks, and shows the answer as it comes. */
async function tell(question, message, signal) {
  const response = await fetch('/api/chat', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ message: question, ...(conversationId === undefined ? {} : { conversationId }) }),
    signal,
  });
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).error);
  let facts = {};
  let said = '';
  for await (const { event, data } of eventsOf(response.body)) {
    if (event === 'sources') facts = data;
    else if (event === 'delta') {
      said += data.text;
      message.text.replaceChildren(...render(said));
    } else if (event === 'done') {
      setConversation(data.conversationId);
      finish(message, { id: data.messageId, ...facts });
      status.textContent = `Answer: ${message.text.textContent}`;
      keepInSight(message.item);
      return;
    } else if (event === 'error') throw new Error(data.error);
    keepInSight(message.item);
  }
  throw new Error('The connection was lost before the answer was whole.');
}

function showFailure(message, question, error) {
  const stopped = error instanceof DOMException && error.name === 'AbortError';
  const reason = stopped
    ? 'Stopped.'
    : error instanceof TypeError || !error.message
      ? 'The service could not be reached.'
      : error.message;
  const line = document.createElement('p');
  line.className = stopped ? 'stopped' : 'failure';
  line.textContent = reason;
  message.item.append(line);
  if (!stopped) message.item.append(button('Try again', () => void ask(question)));
  status.textContent = reason;
  keepInSight(message.item);
}

/** What belongs to an answer that is whole: its sources, the thumbs, and what to ask next. */
function finish({ item }, { id, known, sources = [], related = [], helpful }) {
  item.classList.toggle('unknown', known === false);
  if (sources.length > 0) item.append(sourceList(sources));
  item.append(feedback(id, helpful));
  if (related.length > 0) item.after(chips(related));
}

function sourceList(sources) {
  const section = document.createElement('div');
  section.className = 'sources';
  const heading = document.createElement('h3');
  heading.textContent = sources.length === 1 ? 'Source' : 'Sources';
  const list = document.createElement('ul');
  for (const { title, publisher, url, published, checked } of sources) {
    const entry = document.createElement('li');
    const when = published === undefined ? '' : `, ${dayOf(published)}`;
    entry.append(linkTo(url, title), ` ${publisher}${when} (read on ${dayOf(checked)})`);
    list.append(entry);
  }
  section.append(heading, list);
  return section;
}

function chips(questions) {
  const list = document.createElement('ul');
  list.className = 'chips';
  list.setAttribute('aria-label', 'Related questions');
  for (const question of questions) {
    const entry = document.createElement('li');
    entry.append(button(question));
    list.append(entry);
  }
  const item = document.createElement('li');
  item.className = 'chips';
  item.append(list);
  list.className = '';
  return item;
}

function feedback(id, helpful) {
  const group = document.createElement('div');
  group.className = 'feedback';
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', 'Did this answer help?');
  const choices = [
    ['It helped', true],
    ['It did not help', false],
  ].map(([label, value]) => {
    const choice = button('', async () => {
      const response = await fetch(`/api/messages/${id}/feedback`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ helpful: value }),
      }).catch(() => ({ ok: false }));
      status.textContent = response.ok ? 'Thank you.' : 'That could not be kept. Please try again.';
      if (!response.ok) return;
      for (const other of choices) other.setAttribute('aria-pressed', String(other === choice));
    });
    choice.append(thumb(value));
    choice.setAttribute('aria-label', label);
    choice.title = label;
    choice.setAttribute('aria-pressed', String(helpful === value));
    return choice;
  });
  group.append(...choices);
  return group;
}

/** A thumb, up or down. Drawn, as not every machine has the character. */
function thumb(up) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  if (!up) svg.classList.add('down');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute(
    'd',
    'M3 10h4v11H3zM7 11l4-8c1.6 0 2.6 1.2 2.3 2.8L12.7 9H19a2 2 0 0 1 2 2.3l-1.3 8A2 2 0 0 1 17.7 21H7',
  );
  svg.append(path);
  return svg;
}

async function showHistory() {
  const list = byId('conversations');
  const response = await fetch('/api/conversations').catch(() => undefined);
  const { conversations = [] } = response?.ok ? await response.json() : {};
  list.replaceChildren(...conversations.map(historyEntry));
  if (conversations.length === 0) {
    const none = document.createElement('li');
    none.textContent = response?.ok ? 'There are none yet.' : 'They could not be read. Please try again.';
    list.append(none);
  }
  if (!dialog.open) dialog.showModal();
}

function historyEntry({ id, title, startedAt }) {
  const entry = document.createElement('li');
  const open = button('', () => {
    dialog.close();
    location.hash = id;
  });
  const what = document.createElement('span');
  what.textContent = title;
  const when = document.createElement('time');
  when.dateTime = startedAt;
  when.textContent = new Date(startedAt).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
  open.className = 'open';
  open.append(what, when);
  const remove = button('Delete', async () => {
    const response = await fetch(`/api/conversations/${id}`, { method: 'DELETE' }).catch(() => ({
      ok: false,
    }));
    if (!response.ok) return;
    if (id === conversationId) showConversation(undefined, []);
    await showHistory();
    byId('history-title').focus();
  });
  remove.setAttribute('aria-label', `Delete “${title}”`);
  entry.append(open, remove);
  return entry;
}

async function openFromAddress() {
  const id = location.hash.slice(1);
  if (id === (conversationId ?? '')) return;
  if (!/^[0-9a-f-]{36}$/.test(id)) return showConversation(undefined, []);
  const response = await fetch(`/api/conversations/${id}`).catch(() => undefined);
  if (response?.ok) showConversation(id, (await response.json()).messages);
  else showConversation(undefined, []);
}

function showConversation(id, stored) {
  underWay?.abort();
  messages.replaceChildren();
  welcome.hidden = stored.length > 0;
  setConversation(id);
  for (const { role, text, ...facts } of stored) {
    const message = addMessage(role);
    if (role === 'visitor') message.text.textContent = text;
    else {
      message.text.replaceChildren(...render(text));
      finish(message, facts);
    }
  }
  scroll.scrollTop = scroll.scrollHeight;
}

function setConversation(id) {
  conversationId = id;
  const address = id === undefined ? location.pathname : `#${id}`;
  if (location.hash.slice(1) !== (id ?? '')) history.pushState(null, '', address);
}

function addMessage(role) {
  const item = document.createElement('li');
  item.className = role;
  const who = document.createElement('span');
  who.className = 'hidden';
  who.textContent = role === 'visitor' ? 'You asked: ' : 'Answer: ';
  const text = document.createElement('div');
  text.className = 'text';
  item.append(who, text);
  messages.append(item);
  return { item, text };
}

/** Follows the answer, unless the reader has gone up to read something else. */
function keepInSight(item) {
  const below = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight;
  if (below < 160 + item.offsetHeight) scroll.scrollTop = scroll.scrollHeight;
}

function fitField() {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + 2}px`;
}

function button(text, onClick) {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = text;
  if (onClick !== undefined) element.addEventListener('click', onClick);
  return element;
}

function dayOf(isoDate) {
  return new Date(isoDate).toLocaleDateString('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
}

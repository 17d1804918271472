const messages = document.getElementById('messages');
const form = document.getElementById('ask');
const field = document.getElementById('question');
const send = form.querySelector('button');
const suggestions = document.getElementById('suggestions');
let conversationId;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const question = field.value.trim();
  if (question !== '' && !send.disabled) void ask(question);
});
field.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
field.addEventListener('input', fit);
suggestions.addEventListener('click', (event) => {
  if (event.target instanceof HTMLButtonElement && !send.disabled) void ask(event.target.textContent);
});
document.getElementById('new').addEventListener('click', () => {
  conversationId = undefined;
  messages.replaceChildren();
  suggestions.hidden = false;
  field.focus();
});

function fit() {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}

async function ask(question) {
  suggestions.hidden = true;
  send.disabled = true;
  field.value = '';
  fit();
  addMessage('visitor').textContent = question;
  const bubble = addMessage('assistant');
  const text = document.createElement('div');
  text.className = 'text waiting';
  bubble.append(text);
  try {
    await stream(question, bubble, text);
  } catch (error) {
    bubble.classList.add('error');
    text.textContent = error.message;
  } finally {
    text.classList.remove('waiting');
    send.disabled = false;
    field.focus();
  }
}

async function stream(question, bubble, text) {
  const response = await fetch('/api/chat', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ message: question, ...(conversationId === undefined ? {} : { conversationId }) }),
  });
  if (!response.ok) {
    const { error } = await response.json().catch(() => ({}));
    throw new Error(
      response.status === 429
        ? 'That were many questions at once. Please wait a minute.'
        : (error ?? 'It did not work. Please try again.'),
    );
  }
  let facts = {};
  let said = '';
  for await (const { event, data } of events(response.body)) {
    if (event === 'sources') {
      facts = data;
      conversationId = data.conversationId;
    } else if (event === 'delta') {
      said += data.text;
      show(text, said);
    } else if (event === 'done') {
      finish(bubble, facts, data.messageId);
    } else if (event === 'error') {
      throw new Error(data.error);
    }
    messages.parentElement.scrollTop = messages.parentElement.scrollHeight;
  }
}

async function* events(body) {
  let rest = '';
  for await (const chunk of readable(body.pipeThrough(new TextDecoderStream()))) {
    const parts = (rest + chunk).split('\n\n');
    rest = parts.pop();
    for (const part of parts) {
      const event = /^event: (.*)$/m.exec(part)?.[1];
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}

// Not every browser iterates over streams itself.
async function* readable(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function show(text, said) {
  text.replaceChildren(
    ...said.split(/\n{2,}/).map((paragraph) => {
      const element = document.createElement('p');
      element.textContent = paragraph.replace(/\n/g, ' ');
      return element;
    }),
  );
}

function finish(bubble, { known, sources, handover }, messageId) {
  bubble.classList.toggle('unknown', known === false);
  if (sources.length > 0) {
    const list = document.createElement('ul');
    list.className = 'sources';
    list.setAttribute('aria-label', 'Sources');
    for (const { title, url, checked } of sources) {
      const item = document.createElement('li');
      const link = document.createElement('a');
      link.href = url;
      link.rel = 'noopener noreferrer';
      link.target = '_blank';
      link.textContent = title;
      item.append(link, ` (seen ${checked})`);
      list.append(item);
    }
    bubble.append(list);
  }
  if (handover !== undefined) {
    const link = document.createElement('a');
    link.href = handover.contact;
    link.rel = 'noopener noreferrer';
    link.textContent = 'Ask the programme';
    bubble.append(link);
  }
  bubble.append(feedback(messageId));
}

function feedback(messageId) {
  const group = document.createElement('div');
  group.className = 'feedback';
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', 'Did this answer help?');
  const buttons = [
    ['👍', 'It helped', true],
    ['👎', 'It did not help', false],
  ].map(([sign, label, helpful]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = sign;
    button.setAttribute('aria-label', label);
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', async () => {
      const response = await fetch(`/api/messages/${messageId}/feedback`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ helpful }),
      });
      if (!response.ok) return;
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
    });
    return button;
  });
  group.append('Did this help?', ...buttons);
  return group;
}

function addMessage(role) {
  const item = document.createElement('li');
  item.className = role;
  messages.append(item);
  messages.parentElement.scrollTop = messages.parentElement.scrollHeight;
  return item;
}

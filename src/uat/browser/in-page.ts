/** What runs in the page itself. It is text here: the page's own types and this program's have nothing in common. */

export const look = `({
  url: location.href,
  title: document.title,
  text: document.body?.innerText ?? '',
})`;

/** Resolves when the page has been laid out and painted. */
export const nextFrame = `new Promise((resolve) =>
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))`;

/** Puts the cursor into the first visible field that takes text; says whether there is one. */
export const focusField = `(() => {
  const fields = 'textarea, input:not([type]), input[type=text], input[type=search], [contenteditable=true]';
  const field = [...document.querySelectorAll(fields)].find((each) => {
    const { width, height } = each.getBoundingClientRect();
    return width > 0 && height > 0 && !each.disabled && !each.readOnly;
  });
  field?.focus();
  return field !== undefined;
})()`;

/**
 * How wide the page is, and the first of what begins or ends right of the screen. What is inside of a part that scrolls
 * or is cut on purpose is not counted; that the whole page cuts it off is no purpose.
 */
export const fitOf = (widthPx: number): string => `(() => {
  const isCut = (element) => {
    for (let part = element.parentElement; part && part !== document.body; part = part.parentElement)
      if (getComputedStyle(part).overflowX !== 'visible') return true;
    return false;
  };
  const nameOf = (element) =>
    element.tagName.toLowerCase() + (element.id ? '#' + element.id : '') +
    [...element.classList].map((name) => '.' + name).join('');
  const standsOut = [...document.body.querySelectorAll('*')].filter((element) => {
    const { width, height, right } = element.getBoundingClientRect();
    return width > 0 && height > 0 && right > ${widthPx} + 1 && !isCut(element);
  });
  return {
    pageWidthPx: document.documentElement.scrollWidth,
    standsOut: standsOut.slice(0, 5).map(nameOf),
  };
})()`;

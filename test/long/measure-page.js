// Runs in a page: what is wider than the window, and the contrast of each text with what is behind it
// (WCAG 2.2, success criterion 1.4.3: at least 4.5).
export default () => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const colourOf = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminanceOf = (colour) => {
    const [red, green, blue] = [...colour].slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = colourOf(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const contrastOf = (element) => {
    const text = luminanceOf(colourOf(getComputedStyle(element).color));
    const ground = luminanceOf(behind(element));
    return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
  };
  const hasText = (element) =>
    [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '',
    );
  const shown = [
    ...document.querySelectorAll('body *:not(.hidden, .skip, dialog, dialog *, noscript, noscript *)'),
  ];
  return {
    overflows: shown
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
      .map((element) => `${element.tagName} ${element.textContent.slice(0, 40)}`),
    contrasts: shown
      .filter(hasText)
      .map((element) => ({ text: element.textContent.slice(0, 40), ratio: contrastOf(element) })),
  };
};

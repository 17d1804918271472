export { comparisonMatrix, type Matrix } from './comparison.ts';
export { formatMarkdown, formatTable } from './format.ts';
export { commonMatrix, fullMatrix, settingsOf, type Setting } from './keys.ts';

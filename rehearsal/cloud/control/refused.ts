/** What was sent to the control plane cannot be used; the message says what, and what it takes. */
export class Refused extends Error {}

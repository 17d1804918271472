/** Substitutes `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}` as the Dockerfile reference describes. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(
    /\\([$\\])|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])([^}]*))?\})/g,
    (_whole, escaped?: string, bare?: string, braced?: string, operator?: string, word?: string) => {
      if (escaped !== undefined) return escaped;
      const value = variables.get(bare ?? braced ?? '');
      // With the colon, an empty value counts as an absent one.
      const isSet = value !== undefined && (value !== '' || operator?.startsWith(':') !== true);
      if (operator?.endsWith('-') === true) return isSet ? value : expand(word ?? '', variables);
      if (operator?.endsWith('+') === true) return isSet ? expand(word ?? '', variables) : '';
      return value ?? '';
    },
  );
}

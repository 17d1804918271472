/** The identity of the action sources of a checkout, hex SHA-256. */
export function sourceHash(root: string): string;

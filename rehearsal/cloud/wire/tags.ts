/** Tags as most services have them on the wire, and by key as they are kept. */
export interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

export function byKey(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

export function asTags(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

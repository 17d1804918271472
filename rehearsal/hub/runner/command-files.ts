/** One `name=value`, or `name<<DELIMITER` … `DELIMITER`, of GITHUB_ENV, GITHUB_OUTPUT or GITHUB_STATE. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
}

/**
 * Reads a command file as GitHub's runner does: only a line feed ends a line, so that `a=1\r\n` gives `a` the value
 * `1\r`. Source: `FileCommandManager.cs` of actions/runner, for Linux and macOS.
 * @throws Error that names the line: no separator, no name, or a delimiter that never comes
 */
export function parseAssignments(content: string): Assignment[] {
  const assignments: Assignment[] = [];
  const lines = content.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new Error(`Invalid format '${line}': the name is empty.`);
      assignments.push({ name: line.slice(0, equals), value: line.slice(equals + 1) });
    } else if (heredoc >= 0) {
      const name = line.slice(0, heredoc);
      const delimiter = line.slice(heredoc + 2);
      if (name === '' || delimiter === '') {
        throw new Error(`Invalid format '${line}': the name or the delimiter is empty.`);
      }
      const end = lines.indexOf(delimiter, index + 1);
      if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      assignments.push({ name, value: lines.slice(index + 1, end).join('\n') });
      index = end;
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
  return assignments;
}

/** The folders of a GITHUB_PATH file, in the order they were written. */
export function parsePaths(content: string): string[] {
  return content.split(/\r?\n/).filter((line) => line.trim() !== '');
}

/** GitHub's limit of a step's summary. */
export const summaryLimitBytes = 1024 * 1024;

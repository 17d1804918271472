export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A killed process is there until its parent has heard of it. */
export async function expectGone(pid: number): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (isThere(pid)) {
    if (Date.now() > deadline) throw new Error(`The process ${pid} is still there.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

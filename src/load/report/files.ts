import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HistogramLogWriter, type Histogram } from 'hdr-histogram-js';
import { z } from 'zod';
import { errorMessage, Failure } from '../../github/index.ts';
import { writeJUnit } from '../../junit/index.ts';
import { chart } from './chart.ts';
import type { Earlier, Report } from './report.ts';
import { testCasesOf } from './test-cases.ts';

/** The files of a report: for programs, for HdrHistogram's own tools, for CI, and for people. */
export async function writeReport(folder: string, report: Report, histogram: Histogram): Promise<void> {
  const files: Readonly<Record<string, string>> = {
    'report.json': `${JSON.stringify(report, null, 2)}\n`,
    'latency.hlog': logOf(report, histogram),
    'latency.hgrm': histogram.outputPercentileDistribution(5, usPerMs),
    'junit.xml': writeJUnit('Performance Tests', testCasesOf(report)),
    'chart.svg': chart(report),
  };
  await mkdir(folder, { recursive: true });
  await Promise.all(
    Object.entries(files).map(([name, content]) => writeFile(path.join(folder, name), content)),
  );
}

const usPerMs = 1000;

/** One interval of HdrHistogram's log, in microseconds: logs of several runs can be added up by its tools. */
function logOf({ startedAt, elapsedMs }: Report, histogram: Histogram): string {
  const lines: string[] = [];
  const writer = new HistogramLogWriter((line) => lines.push(line));
  writer.outputLogFormatVersion();
  writer.outputComment('Latencies in microseconds.');
  writer.outputStartTime(Date.parse(startedAt));
  writer.outputLegend();
  writer.outputIntervalHistogram(histogram, 0, elapsedMs / 1000, usPerMs);
  return lines.join('');
}

const earlierSchema = z.object({
  format: z.literal('sluice-performance/1'),
  version: z.string(),
  finishedAt: z.iso.datetime(),
  throughput: z.number(),
  latency: z.object({ p50: z.number(), p95: z.number() }),
});

/** @throws Failure where the file is no report of a performance test */
export async function readEarlier(file: string): Promise<Earlier> {
  try {
    const { version, finishedAt, throughput, latency } = earlierSchema.parse(
      JSON.parse(await readFile(file, 'utf8')),
    );
    return { version, finishedAt, throughput, ...latency };
  } catch (error: unknown) {
    throw new Failure('The earlier report cannot be read', {
      where: file,
      why: error instanceof z.ZodError ? z.prettifyError(error) : errorMessage(error),
      remedy: 'Give the report.json of a run of this action, or leave the input out',
      cause: error,
    });
  }
}

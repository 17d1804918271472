import { DockerfileParser, From, type Instruction, PropertyInstruction } from 'dockerfile-ast';
import { Failure } from '../../github/index.ts';
import { type OtherStage, readCopy } from './copy.ts';
import { expand } from './expand.ts';
import { readCommand, readHealthcheck } from './forms.ts';
import { inImage } from './paths.ts';
import type { CopyStep, ImageConfig, Stage } from './stage.ts';

/**
 * Reads the last stage of a Dockerfile, as far as it can be made without running anything in it.
 *
 * @param file its path, for messages.
 * @throws Failure that names each line that needs a real builder.
 */
export function readLastStage(dockerfile: string, file: string): Stage {
  const instructions = DockerfileParser.parse(dockerfile).getInstructions();
  const problems: { line: number; message: string }[] = [];
  const stage = interpret(instructions, (line, message) => problems.push({ line, message }));
  const [first] = problems;
  if (first !== undefined) {
    throw new Failure(
      'The builder "layered" cannot make this image: its last stage needs more than copying files',
      {
        where: `${file}:${first.line}`,
        why: problems.map(({ line, message }) => `line ${line}: ${message}`).join('; '),
        remedy:
          'Move that work to an earlier stage, or set "image.builder: docker" in sluice.yml where a Docker engine answers',
      },
    );
  }
  return stage;
}

export type Report = (line: number, message: string) => void;

const lineOf = (instruction: Instruction): number => instruction.getRange().start.line + 1;

const contentOf = (instruction: Instruction): string => instruction.getArgumentsContent()?.trim() ?? '';

function interpret(instructions: readonly Instruction[], report: Report): Stage {
  const isFrom = (instruction: Instruction): instruction is From => instruction instanceof From;
  const start = instructions.findLastIndex(isFrom);
  const from = instructions[start];
  if (from === undefined || !isFrom(from)) {
    report(1, 'there is no FROM');
    return { base: '', copies: [], config: {} };
  }
  const others = splitStages(instructions.slice(0, start));
  const beforeStages = instructions.slice(0, instructions.findIndex(isFrom));
  const base = expand(from.getImage() ?? '', argumentsOf(beforeStages));
  if (others.some(({ name }) => name !== undefined && name === base)) {
    report(lineOf(from), `FROM ${base}: the last stage must start from an image, not from an earlier stage`);
  }

  const variables = new Map<string, string>();
  const environment = new Map<string, string>();
  const labels = new Map<string, string>();
  const copies: CopyStep[] = [];
  const config: ImageConfig = {};
  const globals = argumentsOf(beforeStages);
  for (const instruction of instructions.slice(start + 1)) {
    const line = lineOf(instruction);
    const content = contentOf(instruction);
    switch (instruction.getKeyword()) {
      case 'ARG':
        for (const [name, value] of propertiesOf(instruction)) {
          const known = value === undefined ? globals.get(name) : expand(value, variables);
          // An ENV of the same name always wins.
          if (known !== undefined && !environment.has(name)) variables.set(name, known);
        }
        break;
      case 'ENV': {
        // All values of one instruction see the variables as they were before it.
        const before = new Map(variables);
        for (const [name, value = ''] of propertiesOf(instruction)) {
          environment.set(name, expand(value, before));
          variables.set(name, expand(value, before));
        }
        break;
      }
      case 'LABEL':
        for (const [name, value = ''] of propertiesOf(instruction))
          labels.set(name, expand(value, variables));
        break;
      case 'WORKDIR':
        config.WorkingDir = inImage(config.WorkingDir ?? '/', expand(content, variables));
        break;
      case 'USER':
        config.User = expand(content, variables);
        break;
      case 'EXPOSE':
        for (const port of expand(content, variables).split(/\s+/)) {
          if (/^\d+(\/(tcp|udp))?$/.test(port)) {
            (config.ExposedPorts ??= {})[port.includes('/') ? port : `${port}/tcp`] = {};
          } else report(line, `EXPOSE ${port}: expected a port such as 8080 or 53/udp`);
        }
        break;
      case 'STOPSIGNAL':
        config.StopSignal = expand(content, variables);
        break;
      case 'ENTRYPOINT':
        config.Entrypoint = readCommand(content);
        break;
      case 'CMD':
        config.Cmd = readCommand(content);
        break;
      case 'HEALTHCHECK': {
        const healthcheck = readHealthcheck(instruction, (message) => report(line, message));
        if (healthcheck !== undefined) config.Healthcheck = healthcheck;
        break;
      }
      case 'COPY': {
        const copy = readCopy(instruction, {
          folder: config.WorkingDir ?? '/',
          variables,
          others,
          report: (message) => report(line, message),
        });
        if (copy !== undefined) copies.push(copy);
        break;
      }
      case 'MAINTAINER':
        break;
      case 'RUN':
        report(line, 'RUN runs a program in the image');
        break;
      case 'ADD':
        report(line, 'ADD may fetch or unpack; use COPY for plain files');
        break;
      default:
        report(line, `${instruction.getKeyword()} is not understood`);
    }
  }
  if (environment.size > 0) config.Env = [...environment].map(([name, value]) => `${name}=${value}`);
  if (labels.size > 0) config.Labels = Object.fromEntries(labels);
  return { base, copies, config };
}

function splitStages(instructions: readonly Instruction[]): readonly OtherStage[] {
  const stages: { name: string | undefined; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    if (instruction instanceof From) {
      stages.push({ name: instruction.getBuildStage() ?? undefined, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** The `ARG`s of some instructions that have a default. */
function argumentsOf(instructions: readonly Instruction[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const instruction of instructions) {
    if (instruction.getKeyword() !== 'ARG') continue;
    for (const [name, value] of propertiesOf(instruction)) {
      if (value !== undefined) values.set(name, expand(value, values));
    }
  }
  return values;
}

/** `NAME=value` pairs; the value is `undefined` where there is no `=`. */
function propertiesOf(instruction: Instruction): readonly (readonly [string, string | undefined])[] {
  if (!(instruction instanceof PropertyInstruction)) return [];
  return instruction
    .getProperties()
    .map((property) => [property.getName(), property.getValue() ?? undefined] as const);
}

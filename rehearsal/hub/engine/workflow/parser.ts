import { registerHooks } from 'node:module';
import type { TemplateContext } from '@actions/workflow-parser/templates/template-context';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';

/**
 * GitHub's parser imports its schemas as JSON without an import attribute, which plain Node refuses. The hook adds
 * the attribute, for that package only.
 */
function allowSchemaImports(): void {
  try {
    registerHooks({
      resolve: (specifier, context, nextResolve) => {
        const resolved = nextResolve(specifier, context);
        return isSchemaOfParser(specifier, context.parentURL)
          ? { ...resolved, importAttributes: { ...context.importAttributes, type: 'json' } }
          : resolved;
      },
    });
  } catch {
    // A loader without hooks is not Node's own (jest's takes the schemas as they are); if it is, the import says so.
  }
}

function isSchemaOfParser(specifier: string, parent: string | undefined): boolean {
  return specifier.endsWith('.min.json') && (parent?.includes('/@actions/workflow-parser/') ?? false);
}

// Imported after the hook is in place: static imports would be loaded before it.
allowSchemaImports();
const parser = await import('@actions/workflow-parser');
const templates = await import('@actions/workflow-parser/templates/template-context');
const reader = await import('@actions/workflow-parser/templates/template-reader');
const yaml = await import('@actions/workflow-parser/workflows/yaml-object-reader');
const actionSchema = await import('@actions/workflow-parser/actions/action-schema');
const conditions = await import('@actions/workflow-parser/model/converter/if-condition');
const convert = await import('@actions/workflow-parser/model/convert');
const { FeatureFlags } = await import('@actions/expressions/features');

/** A file of YAML with its name as messages shall show it. */
export interface SourceFile {
  readonly name: string;
  readonly content: string;
}

/** What GitHub's parser made of a file: the checked tree, or its messages with line and column. */
export type Parsed =
  | { readonly ok: true; readonly root: TemplateToken; readonly context: TemplateContext }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Parses and checks a workflow file with `@actions/workflow-parser`. */
export async function parseWorkflowFile(file: SourceFile): Promise<Parsed> {
  const { context, value } = parser.parseWorkflow(file, new parser.NoOperationTraceWriter());
  if (value !== undefined) {
    // The conversion checks what the schema cannot: step ids, `needs` cycles, cron expressions, conditions.
    await parser.convertWorkflowTemplate(context, value, undefined, {
      errorPolicy: convert.ErrorPolicy.TryConversion,
      featureFlags: new FeatureFlags({ all: true }),
    });
  }
  return parsed(context, value);
}

/** Parses an `action.yml` by the schema that the runner uses, which allows keys that it does not know. */
export function parseActionFile(file: SourceFile): Parsed {
  const context = new templates.TemplateContext(
    new templates.TemplateValidationErrors(),
    actionSchema.getActionSchema(),
    new parser.NoOperationTraceWriter(),
  );
  const fileId = context.getFileId(file.name);
  const objects = new yaml.YamlObjectReader(fileId, file.content);
  for (const error of objects.errors) context.error(fileId, error.message, error.range);
  return parsed(
    context,
    objects.errors.length > 0 ? undefined : reader.readTemplate(context, 'action-root', objects, fileId),
  );
}

/**
 * The expression of an `if:`, with GitHub's implicit `success() && (…)` where it names no status function.
 * Mistakes are added to the context's errors.
 */
export function conditionOf(context: TemplateContext, token: TemplateToken | undefined): string {
  if (token === undefined) return 'success()';
  return conditions.convertToIfCondition(context, token)?.expression ?? 'success()';
}

function parsed(context: TemplateContext, root: TemplateToken | undefined): Parsed {
  const problems = problemsOf(context);
  if (problems.length > 0) return { ok: false, problems };
  if (root === undefined) return { ok: false, problems: ['The file is empty.'] };
  return { ok: true, root, context };
}

/** The messages of the parser, each once, e.g. `.github/workflows/a.yml (Line: 5, Col: 5): Unexpected value 'nme'`. */
export function problemsOf(context: TemplateContext): string[] {
  return [...new Set(context.errors.getErrors().map((error) => error.message))];
}

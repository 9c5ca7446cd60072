/** What is asked of whoever runs it. */
export interface LiveOptions {
  readonly group: string;
  readonly location: string;
  readonly repository: string;
  readonly revision: string;
}

/** Marks a group that this made, and may remove. */
export const mark = 'azure-pg-live';

/** The arguments of `az` that make everything and start the job. */
export function setUp({
  group,
  location,
  repository,
  revision,
}: LiveOptions): readonly (readonly string[])[] {
  return [
    ['group', 'create', '--name', group, '--location', location, '--tags', `made-by=${mark}`],
    [
      ...['deployment', 'group', 'create', '--resource-group', group, '--template-file', 'live/main.bicep'],
      ...['--parameters', `repository=${repository}`, `revision=${revision}`],
    ],
    ['containerapp', 'job', 'start', '--resource-group', group, '--name', 'azure-pg-live'],
  ];
}

export const executionState = (group: string, execution: string): readonly string[] => [
  ...['containerapp', 'job', 'execution', 'show', '--resource-group', group, '--name', 'azure-pg-live'],
  ...['--job-execution-name', execution, '--query', 'properties.status', '--output', 'tsv'],
];

export const executionLogs = (group: string, execution: string): readonly string[] => [
  ...['containerapp', 'job', 'logs', 'show', '--resource-group', group, '--name', 'azure-pg-live'],
  ...['--container', 'ask', '--execution', execution, '--tail', '300', '--format', 'text'],
];

/** The mark of a group that exists. */
export const groupMark = (group: string): readonly string[] => [
  ...['group', 'show', '--name', group, '--query', 'tags."made-by"', '--output', 'tsv'],
];

export const remove = (group: string): readonly string[] => ['group', 'delete', '--name', group, '--yes'];

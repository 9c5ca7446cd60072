// Imports go down only: https://github.com/sverweij/dependency-cruiser/blob/main/doc/rules-reference.md

/** The core's folders from the ground up; each may import those before it. */
const floors = [
  'errors',
  'notices',
  'waiting',
  'connection',
  'azure',
  'explain',
  'wire',
  'pooling',
  'tls',
  'settings',
  'credentials',
  'open',
  'pooler-detection',
  'for-drivers',
  'other-programs',
];

const upward = floors.map((floor, index) => ({
  name: `core-${floor}-imports-upwards`,
  comment: `core/src/${floor} may import what stands below it: ${floors.slice(0, index).join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^packages/core/src/${floor}/` },
  to: { path: `^packages/core/src/(?!(?:${floors.slice(0, index + 1).join('|')})/)` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two files that import each other, types included, are one file in two places',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-folder-cycle',
      comment: 'Two folders that import each other have no order',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    ...upward,
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|test|node_modules)/' },
    enhancedResolveOptions: { conditionNames: ['@azure-pg/source', 'import', 'node'], extensions: ['.ts'] },
  },
};

import tseslint from 'typescript-eslint';

const core = 'app/core is pure: take the value as an argument';

export default tseslint.config(
  { ignores: ['node_modules/', 'test/cluster/build/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers and booleans print the same everywhere; objects are what this rule is for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // A name that begins with _ says that the value is left out on purpose.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Closures, not classes: nothing here has a `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Agrees with noPropertyAccessFromIndexSignature, which wants the brackets.
      '@typescript-eslint/dot-notation': 'off',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
        { selector: 'ExportAllDeclaration', message: 'Import from the file that has it.' },
      ],
      'max-params': ['error', 5],
      eqeqeq: 'error',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // node:test collects the promises of its own describe/test calls.
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'suite'] }] }],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['app/core/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: core }, { name: 'console', message: core }, { name: 'fetch', message: core }, { name: 'setTimeout', message: core }],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now', message: core }, { object: 'Math', property: 'random', message: core }],
    },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  // The linter wants its own configuration as a default export.
  { files: ['eslint.config.js'], rules: { 'no-restricted-syntax': 'off' } },
);
